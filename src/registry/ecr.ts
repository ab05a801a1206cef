import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { UserError } from '../errors.ts';
import { isUnavailable, readJson, unavailable, unexpected } from '../lib/net/answer-errors.ts';
import { skewOf } from '../lib/net/clock-skew.ts';
import type { Network } from '../lib/net/network.ts';
import { type Environment, isLoopback } from '../lib/net/proxy.ts';
import { TryAgain, withRetries } from '../lib/net/retry.ts';
import { Secret } from '../secret.ts';
import { awsFailure } from './aws-errors.ts';
import { type AwsCredentials, ecrRegistry } from './credentials.ts';

export interface RegistryToken {
  readonly username: string;
  readonly password: Secret;
  /** `host[:port]`, as in image references and `docker login` */
  readonly registry: string;
  /** The registry's URL, from ECR */
  readonly proxyEndpoint: string;
  /** Twelve hours from now. For information only: an emulator may return a time in the past. */
  readonly expiresAt?: Date;
  /** How far this host's clock is ahead of AWS's, in ms (negative: behind), if AWS sent the time. */
  readonly clockSkewMs?: number;
}

export interface AuthorizationOptions {
  readonly aws: AwsCredentials;
  readonly network: Network;
  readonly signal?: AbortSignal;
}

/**
 * Gets a registry login from ECR (GetAuthorizationToken), using only these credentials:
 * it does not read profiles, shared config files or instance metadata.
 *
 * @throws UserError of the AWS_ and NETWORK_ codes, SERVICE_UNAVAILABLE, REGISTRY_ANSWER_INVALID
 */
export async function getAuthorizationToken(options: AuthorizationOptions): Promise<RegistryToken> {
  const { aws, network, signal } = options;
  // Takes some 80 ms to load, so it is loaded only when ECR is used.
  const { ECRClient, GetAuthorizationTokenCommand } = await import('./ecr-sdk.ts');
  const transport = createAwsTransport(network);
  const endpoint = ecrEndpoint(network.env());
  const client = withoutNodeWarning(() => new ECRClient(clientConfig(aws, transport, endpoint)));
  const host = endpoint?.host ?? `ECR in ${aws.region}`;
  const asked = withRetries({ ...network, host, signal }, async (abortSignal) => {
    try {
      const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal });
      return answer.authorizationData?.[0];
    } catch (error) {
      throw failureOf(error, aws, transport);
    }
  });
  const data = await asked.catch((error: unknown) => {
    throw withAddressHint(error, aws, endpointVariable(network.env()));
  });
  const { clockSkewMs } = transport;
  return {
    ...readToken(data?.authorizationToken, transport.host),
    ...readRegistryAddress(data?.proxyEndpoint, aws, transport.host),
    ...(data?.expiresAt && { expiresAt: data.expiresAt }),
    ...(clockSkewMs !== undefined && { clockSkewMs }),
  };
}

function clientConfig(
  aws: AwsCredentials,
  transport: AwsTransport,
  endpoint: URL | undefined,
): ECRClientConfig {
  const { region, accessKeyId, secretAccessKey, sessionToken } = aws;
  return {
    region,
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken && { sessionToken: sessionToken.reveal() }),
    },
    requestHandler: transport,
    ...(endpoint && { endpoint: endpoint.href }),
    // `withRetries` retries, with the same limits as for the registry.
    maxAttempts: 1,
    // Without any of these, the SDK reads ~/.aws/config and the environment.
    ignoreConfiguredEndpointUrls: true,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    disableClockSkewCorrection: false,
    authSchemePreference: [],
    userAgentAppId: async () => undefined,
  };
}

/** The SDK warns once on stderr if Node is older than 22. Only this variable turns that off. */
function withoutNodeWarning<T>(construct: () => T): T {
  const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
  const before = process.env[name];
  process.env[name] = 'true';
  try {
    return construct();
  } finally {
    // Immediately, so that child processes never inherit it.
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

function failureOf(error: unknown, aws: AwsCredentials, { host, clockSkewMs }: AwsTransport) {
  if (error instanceof TryAgain || error instanceof UserError) return error;
  const { name, message, $fault, $metadata } = error as ServiceException;
  if ($fault !== undefined) {
    const { requestId } = $metadata ?? {};
    const { accessKeyId, region } = aws;
    return awsFailure({ name, message, requestId, host, clockSkewMs, accessKeyId, region });
  }
  // The SDK got a response that it could not parse.
  return $metadata?.httpStatusCode === undefined ? error : notAsDocumented(host);
}

/** The common shape of the SDK's exceptions. Its classes are loaded lazily, so the shape identifies them. */
interface ServiceException extends Error {
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** A wrong address looks like a network failure, or like a server that is not AWS. */
function withAddressHint(error: unknown, { region }: AwsCredentials, variable?: string): unknown {
  if (!(error instanceof UserError)) return error;
  const { code, message, hint, cause } = error;
  const isAnswer = code === 'REGISTRY_ANSWER_INVALID' && variable !== undefined;
  if (!code.startsWith('NETWORK_') && !isAnswer) return error;
  if (variable !== undefined) {
    const check = `This address comes from the environment variable ${variable}. Check it or unset it.`;
    return new UserError(code, message, { hint: `${check} ${hint}`, cause });
  }
  if (code !== 'NETWORK_DNS') return error;
  return new UserError(code, message, {
    hint: `Check that the region ${region} in the credentials is spelled correctly. ${hint}`,
    cause,
  });
}

/**
 * The endpoint that the environment sets instead of ECR's own, or undefined.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * @throws UserError USAGE if the variable is not an http(s) URL
 */
export function ecrEndpoint(env: Environment): URL | undefined {
  const name = endpointVariable(env);
  if (name === undefined) return undefined;
  const value = env[name] as string;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  // With a login in it, a part of the password could be taken for the host, and printed.
  if (url !== undefined && isWeb && !value.includes('@')) return url;
  const what = isWeb ? 'contains a login, which it cannot have' : 'is not an http or https URL';
  throw new UserError('USAGE', `The environment variable ${name} ${what}.`, {
    hint: `Correct ${name}, or unset it to use the AWS endpoint.`,
  });
}

/** The environment variable that `ecrEndpoint` uses, or undefined. */
export function endpointVariable(env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined;
  return ['AWS_ENDPOINT_URL_ECR', 'AWS_ENDPOINT_URL'].find((key) => env[key]);
}

/** REGISTRY_ANSWER_INVALID for an incomplete response to GetAuthorizationToken. */
export function notAsDocumented(host: string): UserError {
  const message = `${host} answered GetAuthorizationToken with an invalid login.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/**
 * Decodes `authorizationToken`: base64 of `user:password`.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
 *
 * @throws UserError REGISTRY_ANSWER_INVALID if it has another form
 */
export function readToken(
  token: unknown,
  host: string,
): { readonly username: string; readonly password: Secret } {
  const text = typeof token === 'string' ? Buffer.from(token, 'base64').toString() : '';
  const [, username, password] = /^([^:]+):(\S+)$/.exec(text) ?? [];
  if (username === undefined || password === undefined) throw notAsDocumented(host);
  return { username, password: new Secret(password) };
}

/**
 * The registry that a token is for.
 *
 * @throws UserError AWS_ACCOUNT_MISMATCH if it belongs to a different account or region;
 *   REGISTRY_ANSWER_INVALID if it is not a URL to which a token may be sent
 */
export function readRegistryAddress(
  proxyEndpoint: unknown,
  named: { readonly accountId: string; readonly region: string },
  host: string,
): { readonly registry: string; readonly proxyEndpoint: string } {
  if (typeof proxyEndpoint !== 'string' || !URL.canParse(proxyEndpoint)) {
    throw notAsDocumented(host);
  }
  const url = new URL(proxyEndpoint);
  // Docker also uses plain HTTP only for a registry on the loopback interface.
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    const message = `${host} returned the registry ${url.host}, which does not use HTTPS.`;
    throw new UserError('REGISTRY_ANSWER_INVALID', message);
  }
  checkAccount(url.hostname, named);
  return { registry: url.host, proxyEndpoint: url.origin };
}

function checkAccount(
  hostname: string,
  named: { readonly accountId: string; readonly region: string },
): void {
  const { accountId, region } = ecrRegistry(hostname) ?? {};
  // An emulator's host does not contain an account.
  if (accountId === undefined) return;
  if (accountId !== named.accountId) {
    const message = `The access key belongs to the AWS account ${accountId}, but the credentials specify ${named.accountId}.`;
    throw new UserError('AWS_ACCOUNT_MISMATCH', message);
  }
  if (region !== named.region) {
    const message = `ECR answered for the region ${region}, but the credentials specify ${named.region}.`;
    throw new UserError('AWS_ACCOUNT_MISMATCH', message);
  }
}

/** The parts of the SDK's `HttpRequest` that a JSON protocol uses. */
export interface AwsRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** The SDK's `HttpResponse`. */
export interface AwsResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A request handler for AWS SDK clients that uses `Network`. */
export type AwsTransport = {
  handle(
    request: AwsRequest,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly response: AwsResponse }>;
  /** `host[:port]` of the last request. */
  readonly host: string;
  /**
   * How far this host's clock is ahead of AWS's according to the last response, in ms (negative: behind).
   * Exact to about two seconds.
   */
  readonly clockSkewMs: number | undefined;
};

const maxAnswer = 1024 * 1024;

/**
 * Passes to the SDK only responses that may come from AWS: JSON, also for errors.
 *
 * `handle` throws what `Network.request` throws; SERVICE_UNAVAILABLE within TryAgain for 429 and
 * 5xx; REGISTRY_ANSWER_INVALID for a redirect or a page, which AWS never sends.
 */
export function createAwsTransport(network: Network): AwsTransport {
  let host = 'AWS';
  let clockSkewMs: number | undefined;
  return {
    get host() {
      return host;
    },
    get clockSkewMs() {
      return clockSkewMs;
    },
    async handle(request, options) {
      const { protocol, hostname, port, path, method, headers, body } = request;
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      host = url.host;
      const response = await network.request({
        url,
        method,
        headers,
        ...(body !== undefined && { body }),
        signal: options?.abortSignal,
      });
      const { status } = response;
      if (isUnavailable(status)) throw unavailable(response);
      if (status >= 300 && status < 400) throw unexpected(response, 'AWS');
      const answer = await readJson(response, maxAnswer, 'AWS');
      clockSkewMs = skewOf(response) ?? clockSkewMs;
      return { response: { statusCode: status, headers: { ...response.headers }, body: answer } };
    },
  };
}
