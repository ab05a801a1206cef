import { type ErrorCode, UserError } from '../errors.ts';
import { describeSkew } from '../lib/net/clock-skew.ts';
import { TryAgain } from '../lib/net/retry.ts';

/** A request that AWS refused, with the known circumstances. */
export interface AwsRefusal {
  /** The error's type: `AccessDeniedException` */
  readonly name: string;
  readonly message: string;
  /** AWS's request id, for AWS support. */
  readonly requestId: string | undefined;
  readonly host: string;
  readonly accessKeyId: string;
  readonly region: string;
  /** From the response's Date header, in ms; ahead is positive. */
  readonly clockSkewMs: number | undefined;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html; short names are from emulators. */
const table: Readonly<Record<string, ErrorCode>> = {
  UnrecognizedClientException: 'AWS_KEY_UNKNOWN',
  InvalidClientTokenId: 'AWS_KEY_UNKNOWN',
  InvalidAccessKeyId: 'AWS_KEY_UNKNOWN',
  InvalidSignatureException: 'AWS_SECRET_WRONG',
  SignatureDoesNotMatch: 'AWS_SECRET_WRONG',
  RequestExpired: 'AWS_CLOCK_SKEW',
  RequestInTheFuture: 'AWS_CLOCK_SKEW',
  RequestTimeTooSkewed: 'AWS_CLOCK_SKEW',
  ExpiredTokenException: 'AWS_SESSION_EXPIRED',
  ExpiredToken: 'AWS_SESSION_EXPIRED',
  AccessDeniedException: 'AWS_ACCESS_DENIED',
  AccessDenied: 'AWS_ACCESS_DENIED',
  ThrottlingException: 'SERVICE_UNAVAILABLE',
  Throttling: 'SERVICE_UNAVAILABLE',
  TooManyRequestsException: 'SERVICE_UNAVAILABLE',
  RequestLimitExceeded: 'SERVICE_UNAVAILABLE',
  ServerException: 'SERVICE_UNAVAILABLE',
  InternalFailure: 'SERVICE_UNAVAILABLE',
  ServiceUnavailable: 'SERVICE_UNAVAILABLE',
};

const clockText = /Signature expired|Signature not yet current/;
const scopeText = /Credential should be scoped to a valid region/;

/** Turns the refusal into a message for the operator, within TryAgain if a retry may succeed. */
export function awsFailure(refusal: AwsRefusal): UserError | TryAgain {
  const code = codeOf(refusal);
  const failure = new UserError(code, words[code]?.(refusal) ?? unknown(refusal), {
    // AWS may repeat headers, including a session token, in its text. Only the type is safe to keep.
    cause: new Error(`${refusal.name}${numbered(refusal)}`),
  });
  // With a wrong clock, the SDK signs the next request with the time from the response.
  const mayPass = code === 'SERVICE_UNAVAILABLE' || code === 'AWS_CLOCK_SKEW';
  return mayPass ? new TryAgain(failure) : failure;
}

function codeOf({ name, message }: AwsRefusal): ErrorCode {
  if (clockText.test(message)) return 'AWS_CLOCK_SKEW';
  if (scopeText.test(message)) return 'AWS_ACCOUNT_MISMATCH';
  return table[name] ?? 'AWS_REFUSED';
}

const words: Partial<Record<ErrorCode, (refusal: AwsRefusal) => string>> = {
  AWS_KEY_UNKNOWN: ({ host, accessKeyId, region }) =>
    `${host} does not recognize the access key ${accessKeyId} in the region ${region}.`,
  AWS_SECRET_WRONG: ({ host, accessKeyId }) =>
    `${host} recognizes the access key ${accessKeyId}, but secret_access_key does not match it.`,
  AWS_CLOCK_SKEW: ({ host, message, clockSkewMs }) => {
    const skew = skewInRefusal(message) ?? clockSkewMs;
    const amount = skew === undefined ? 'too far off' : describeSkew(skew);
    return `${host} rejected the signature: this host's clock is ${amount}.`;
  },
  AWS_SESSION_EXPIRED: ({ host }) => `${host} reports that session_token has expired.`,
  AWS_ACCESS_DENIED: (refusal) => {
    const { user, permission, because } = parseDenial(refusal.message);
    const who = user ?? `The user of the access key ${refusal.accessKeyId}`;
    return `${who} is not allowed to perform ${permission ?? 'ecr:GetAuthorizationToken'}${because}.`;
  },
  AWS_ACCOUNT_MISMATCH: ({ host, region }) =>
    `${host} does not serve the region ${region} from the credentials.`,
  SERVICE_UNAVAILABLE: ({ host, name }) => `${host} is temporarily unavailable (${name}).`,
};

/** Parses IAM's refusal, as worded by ECR's API and registry. */
export interface Denial {
  readonly user: string | undefined;
  readonly permission: string | undefined;
  /** `, because of an explicit deny`, or empty */
  readonly because: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function parseDenial(text: string): Denial {
  const [, user] = /User: (arn:[\w:/+=,.@-]+)/.exec(text) ?? [];
  const [, permission] = /not authorized to perform: ([a-z0-9-]+:\w+)/.exec(text) ?? [];
  return {
    user,
    permission,
    because: /explicit deny/.test(text) ? ', because of an explicit deny' : '',
  };
}

function unknown(refusal: AwsRefusal): string {
  return `${refusal.host} refused the request: ${refusal.name}${numbered(refusal)}.`;
}

function numbered({ requestId }: AwsRefusal): string {
  return requestId === undefined ? '' : ` (request ${requestId})`;
}

/**
 * The skew from AWS's own refusal: `Signature expired: 20260101T000000Z is now earlier than
 * 20260101T001000Z (20260101T001500Z - 5 min.)`, and the same with `not yet current`. The first time
 * is when the request was signed, the last is AWS's.
 *
 * @returns ms, ahead is positive; undefined if the text contains no times
 */
export function skewInRefusal(text: string): number | undefined {
  const [signed, , now] = [...text.matchAll(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/g)].map(
    ([, year, month, day, hour, minute, second]) =>
      Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  );
  return signed === undefined || now === undefined ? undefined : signed - now;
}
