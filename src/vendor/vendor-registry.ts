import * as z from 'zod';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readJson } from '../lib/net/answer-errors.ts';
import { createNetwork, type Network } from '../lib/net/network.ts';
import { isLoopback } from '../lib/net/proxy.ts';
import { run } from '../lib/process/process.ts';
import { type AwsCredentials, ecrRegistry } from '../registry/credentials.ts';
import { readDockerConfig } from '../registry/docker-config-file.ts';
import { getAuthorizationToken } from '../registry/ecr.ts';
import { clientOf, type RegistryClient } from '../registry/registry.ts';
import type { RegistryAccess } from '../registry/registry-access.ts';
import { Secret } from '../secret.ts';

/** A registry to push to. `using` closes its connections. */
export interface VendorRegistry extends Disposable {
  /** `host[:port]` */
  readonly host: string;
  readonly access: RegistryAccess;
  readonly client: RegistryClient;
}

interface Login {
  readonly username: string;
  readonly password: Secret;
}

/**
 * Opens a registry as the vendor: ECR with the AWS keys of the environment, and any other registry, or ECR without keys, with Docker's login.
 * @throws UserError USAGE for a host that is none; of ECR and the network
 */
export async function openVendorRegistry(context: Context, host: string): Promise<VendorRegistry> {
  const { reporter, signal, env } = context;
  const url = addressOf(host);
  const network = createNetwork({ env, trace: (line) => reporter.detail(line) });
  try {
    const aws = awsFrom(host, env);
    const token = aws && (await getAuthorizationToken({ aws, network, signal }));
    const login = token ?? (await dockerLogin(context, host));
    if (login !== undefined) reporter.protect(login.password.reveal());
    let header = login === undefined ? undefined : basic(login);
    const access: RegistryAccess = {
      url: token === undefined ? url : new URL(token.proxyEndpoint),
      headers: () => ({
        'user-agent': 'proto-release',
        ...(header !== undefined && { authorization: header }),
      }),
      async renew(challenge) {
        const next = await bearerToken(network, challenge, login, signal);
        if (next !== undefined) header = `Bearer ${next}`;
        return next !== undefined;
      },
      network,
      signal,
    };
    return { host, access, client: clientOf(access), [Symbol.dispose]: () => network.close() };
  } catch (error) {
    network.close();
    throw error;
  }
}

function addressOf(host: string): URL {
  const [, name = ''] = /^(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?::\d+)?$/i.exec(host) ?? [];
  const text = `${isLoopback(name) ? 'http' : 'https'}://${host}/`;
  if (name !== '' && URL.canParse(text)) return new URL(text);
  throw new UserError('USAGE', `${JSON.stringify(host)} is not the host of a registry.`, {
    hint: 'Set --registry to a host, with its port if that is not 443: registry.example.com:5000',
  });
}

function awsFrom(host: string, env: Context['env']): AwsCredentials | undefined {
  const account = ecrRegistry(host);
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (account === undefined || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    ...account,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: new Secret(AWS_SECRET_ACCESS_KEY),
    ...(AWS_SESSION_TOKEN && { sessionToken: new Secret(AWS_SESSION_TOKEN) }),
  };
}

const DockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});
const Helped = z.object({ Username: z.string(), Secret: z.string() });

/** The login that `docker login` stored (docker/cli, cli/config/configfile); undefined without one. */
async function dockerLogin(context: Context, host: string): Promise<Login | undefined> {
  const config = parsed(DockerConfig, (await readDockerConfig(context)) ?? '{}');
  const helper = config?.credHelpers?.[host] ?? config?.credsStore;
  if (helper) {
    const command = { program: `docker-credential-${helper}`, args: ['get'] };
    const { env, signal } = context;
    const { exitCode, stdout } = await run(command, { env, signal, input: host });
    const got = exitCode === 0 ? parsed(Helped, stdout) : undefined;
    return got && { username: got.Username, password: new Secret(got.Secret) };
  }
  const { auth = '' } = config?.auths?.[host] ?? config?.auths?.[`https://${host}`] ?? {};
  const [, username, password] =
    /^([^:]+):(.*)$/s.exec(Buffer.from(auth, 'base64').toString()) ?? [];
  return username === undefined || password === undefined
    ? undefined
    : { username, password: new Secret(password) };
}

function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const maxToken = 64 * 1024;

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function bearerToken(
  network: Network,
  challenge: string | undefined,
  login: Login | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!/^bearer /i.test(challenge ?? '')) return undefined;
  const fields = new Map(
    [...(challenge ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  const realm = fields.get('realm') ?? '';
  if (!URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  // The password goes there.
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) return undefined;
  for (const name of ['service', 'scope']) {
    const value = fields.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const headers = login === undefined ? {} : { authorization: basic(login) };
  const response = await network.request({ url, headers, signal });
  if (response.status !== 200) {
    response.discard();
    return undefined;
  }
  const body = await readJson(response, maxToken, 'a registry');
  const { token, access_token } = parsed(Token, body.toString()) ?? {};
  return token ?? access_token;
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
