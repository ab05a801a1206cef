import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { UserError } from '../errors.ts';
import type { Network } from '../lib/net/network.ts';
import { TryAgain, withRetries } from '../lib/net/retry.ts';
import type { Secret } from '../secret.ts';
import { awsFailure } from './aws-errors.ts';
import { type AwsTransport, createAwsTransport } from './aws-transport.ts';
import type { AwsCredentials } from './credentials.ts';
import { notAsDocumented, readRegistryAddress, readToken } from './ecr-answer.ts';
import { ecrEndpoint, endpointVariable } from './ecr-endpoint.ts';

export interface RegistryToken {
  readonly username: string;
  readonly password: Secret;
  /** `host[:port]`, as image references and `docker login` have it */
  readonly registry: string;
  /** The registry's URL, as ECR gives it */
  readonly proxyEndpoint: string;
  /** Twelve hours from now; information only, an emulator may give a time in the past. */
  readonly expiresAt?: Date;
  /** How far this host's clock is ahead of AWS's, in ms (negative: behind), where AWS told the time. */
  readonly clockSkewMs?: number;
}

export interface AuthorizationOptions {
  readonly aws: AwsCredentials;
  readonly network: Network;
  readonly signal?: AbortSignal;
}

/**
 * Gets a registry login from ECR (GetAuthorizationToken), with these credentials and nothing else:
 * no profile, no shared config file, no instance metadata is looked at.
 *
 * @throws UserError of the AWS_ and NETWORK_ codes, SERVICE_UNAVAILABLE, REGISTRY_ANSWER_INVALID
 */
export async function getAuthorizationToken(options: AuthorizationOptions): Promise<RegistryToken> {
  const { aws, network, signal } = options;
  // Some 80 ms to load: only those pay who talk to ECR.
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
    // `withRetries` does it, with the same limits as for the registry.
    maxAttempts: 1,
    // Each of these, left out, makes the SDK read ~/.aws/config and the environment.
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

/** The SDK warns on stderr, once, where Node is older than 22; this variable is its only switch. */
function withoutNodeWarning<T>(construct: () => T): T {
  const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
  const before = process.env[name];
  process.env[name] = 'true';
  try {
    return construct();
  } finally {
    // At once, so that no process started from here ever inherits it.
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
  // The SDK got an answer and could make nothing of it.
  return $metadata?.httpStatusCode === undefined ? error : notAsDocumented(host);
}

/** What the SDK's exceptions have in common, known by form: its classes are loaded lazily. */
interface ServiceException extends Error {
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** An address that is not right shows as a network that does not work. */
function withAddressHint(error: unknown, { region }: AwsCredentials, variable?: string): unknown {
  if (!(error instanceof UserError) || !error.code.startsWith('NETWORK_')) return error;
  const { code, message, hint, cause } = error;
  if (variable !== undefined) {
    const check = `The address comes from the environment variable ${variable}: check it, or unset it.`;
    return new UserError(code, message, { hint: `${check} ${hint}`, cause });
  }
  if (code !== 'NETWORK_DNS') return error;
  return new UserError(code, message, {
    hint: `Check that the region ${region} in the credentials is spelt right. ${hint}`,
    cause,
  });
}
