import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessKey } from './access.ts';
import { awsError } from './answer.ts';

/** A request as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Verifier {
  readonly region: string;
  readonly service: string;
  /** The service's own clock, in ms. */
  readonly now: number;
  readonly keys: readonly AccessKey[];
}

const windowMs = 5 * 60 * 1000;
const authorizationForm = new RegExp(
  '^AWS4-HMAC-SHA256 Credential=(?<keyId>[^/,]+)/(?<day>\\d{8})/(?<region>[^/,]+)/(?<service>[^/,]+)' +
    '/aws4_request, ?SignedHeaders=(?<signedHeaders>[a-z0-9;-]+), ?Signature=(?<signature>[0-9a-f]{64})$',
);

interface Scope {
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

interface Authorization extends Scope {
  readonly keyId: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

/**
 * Verifies AWS Signature Version 4 as AWS does and returns the key that signed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @throws Refusal with AWS's error type and text
 */
export function verifySignature(request: SignedRequest, verifier: Verifier): AccessKey {
  const { headers } = request;
  const authorization = parseAuthorization(headers.authorization);
  checkScope(authorization, verifier);
  const date = one(headers['x-amz-date']);
  checkDate(date, authorization, verifier.now);
  const sessionToken = one(headers['x-amz-security-token']);
  const key = checkKey(authorization.keyId, sessionToken, verifier.keys);
  const names = authorization.signedHeaders.split(';');
  checkSignedHeaders(names);
  const expected = sign(canonicalRequest(request, names), date, authorization, key.secretAccessKey);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(authorization.signature))) {
    throw awsError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your ' +
        'AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return key;
}

function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined) {
    throw awsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const parts = authorizationForm.exec(header)?.groups as Authorization | undefined;
  if (parts !== undefined) return parts;
  throw awsError(
    'IncompleteSignatureException',
    'Authorization header requires the parameters Credential, Signature and SignedHeaders.',
  );
}

function checkSignedHeaders(names: readonly string[]): void {
  const missing = ['host', 'x-amz-date'].find((name) => !names.includes(name));
  if (missing === undefined) return;
  throw awsError(
    'InvalidSignatureException',
    `'${missing}' must be a 'SignedHeader' in the AWS Authorization.`,
  );
}

function checkScope(scope: Scope, verifier: Verifier): void {
  if (scope.region !== verifier.region) {
    throw awsError(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region, not '${scope.region}'. `,
    );
  }
  if (scope.service !== verifier.service) {
    throw awsError(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${verifier.service}'. `,
    );
  }
}

function checkDate(date: string, scope: Scope, now: number): void {
  const form = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  if (!form.test(date)) {
    throw awsError(
      'IncompleteSignatureException',
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const signed = Date.parse(date.replace(form, '$1-$2-$3T$4:$5:$6Z'));
  if (signed < now - windowMs) {
    throw awsError(
      'InvalidSignatureException',
      `Signature expired: ${date} is now earlier than ${basic(now - windowMs)} (${basic(now)} - 5 min.)`,
    );
  }
  if (signed > now + windowMs) {
    throw awsError(
      'InvalidSignatureException',
      `Signature not yet current: ${date} is still later than ${basic(now + windowMs)} (${basic(now)} + 5 min.)`,
    );
  }
  if (date.slice(0, 8) !== scope.day) {
    throw awsError(
      'InvalidSignatureException',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.day}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  }
}

function checkKey(keyId: string, sessionToken: string, keys: readonly AccessKey[]): AccessKey {
  const key = keys.find((known) => known.accessKeyId === keyId);
  if (key === undefined || (key.sessionToken ?? '') !== sessionToken) {
    throw awsError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  if (key.sessionExpired) {
    throw awsError(
      'ExpiredTokenException',
      'The security token included in the request is expired',
    );
  }
  return key;
}

function canonicalRequest(request: SignedRequest, names: readonly string[]): string {
  const url = new URL(request.url, 'http://localhost');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const headers = names.map((name) => {
    const value = one(request.headers[name]).trim().replace(/ +/g, ' ');
    return `${name}:${value}\n`;
  });
  const payload = sha256(request.body);
  return [request.method, url.pathname, query, headers.join(''), names.join(';'), payload].join(
    '\n',
  );
}

function sign(canonical: string, date: string, scope: Scope, secret: string): string {
  const { day, region, service } = scope;
  const text = [
    'AWS4-HMAC-SHA256',
    date,
    `${day}/${region}/${service}/aws4_request`,
    sha256(canonical),
  ];
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (derived, part) => createHmac('sha256', derived).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(text.join('\n')).digest('hex');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function basic(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function one(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}
