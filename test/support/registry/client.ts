import { Agent } from 'node:https';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AccessKey } from './access.ts';
import type { EmbeddedRegistry } from './server.ts';

export interface ClientOptions {
  /** The registry's first key where absent. */
  readonly key?: AccessKey | undefined;
  /** The registry's own where absent. */
  readonly region?: string;
  /** PEM of the authority behind the registry's certificate. */
  readonly ca?: string;
}

/** The real AWS client, pointed at the registry. It tries once, so that a test sees each refusal. */
export function ecrClient(registry: EmbeddedRegistry, options: ClientOptions = {}): ECRClient {
  const { key = registry.keys[0], region = registry.region, ca } = options;
  if (key === undefined) throw new Error('the registry was started without a key');
  const { accessKeyId, secretAccessKey, sessionToken } = key;
  return new ECRClient({
    endpoint: registry.endpoint,
    region,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca }) }),
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
  });
}

/** A registry password, got as any client gets it. */
export async function passwordFor(
  registry: EmbeddedRegistry,
  options?: ClientOptions,
): Promise<string> {
  const client = ecrClient(registry, options);
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const token = authorizationData?.[0]?.authorizationToken ?? '';
  return Buffer.from(token, 'base64').toString().replace('AWS:', '');
}

/** The header that a signed-in client sends to the registry. */
export async function basicAuth(
  registry: EmbeddedRegistry,
  options?: ClientOptions,
): Promise<{ readonly authorization: string }> {
  const login = Buffer.from(`AWS:${await passwordFor(registry, options)}`).toString('base64');
  return { authorization: `Basic ${login}` };
}
