import { dockerFailure, dockerLogin } from '../compose/docker.ts';
import type { Context } from '../context.ts';
import { createNetwork } from '../lib/net/network.ts';
import { run } from '../lib/process/process.ts';
import { describeSkew } from './clock-skew.ts';
import type { AwsCredentials } from './credentials.ts';
import { protectDockerConfig } from './docker-config-file.ts';
import { getAuthorizationToken, type RegistryToken } from './ecr.ts';
import { openRegistry, type RegistryClient } from './registry.ts';

/** A token from ECR, and the registry that it opens. */
export interface RegistrySession {
  readonly token: RegistryToken;
  readonly registry: RegistryClient;
}

/** Opens the registry for `use`, and closes all connections whatever happens. */
export async function openSession<T>(
  context: Context,
  aws: AwsCredentials,
  use: (session: RegistrySession) => Promise<T>,
): Promise<T> {
  const { reporter, signal } = context;
  const network = createNetwork({ env: context.env, trace: (line) => reporter.detail(line) });
  try {
    reporter.step(`Asking ECR in ${aws.region} for a token`);
    const token = await getAuthorizationToken({ aws, network, signal });
    reporter.protect(token.password.reveal());
    warnOfSkew(context, token);
    return await use({ token, registry: openRegistry({ ...token, network, signal }) });
  } finally {
    network.close();
  }
}

/** Logs the docker CLI in; it keeps the login where its own settings say (DOCKER_CONFIG). */
export async function loginDocker(context: Context, token: RegistryToken): Promise<void> {
  await protectDockerConfig(context);
  const command = dockerLogin(token.registry, token.username);
  context.reporter.detail(`${command.program} ${command.args.join(' ')}`);
  const { exitCode, stderr } = await run(command, {
    env: context.env,
    input: token.password.reveal(),
    signal: context.signal,
    // Docker has no limit of its own, and waits for the engine's.
    timeoutMs: 60_000,
  });
  if (exitCode !== 0) throw dockerFailure(context.reporter.redact(stderr), token.registry);
}

/** A signature is refused from 5 minutes on (AWS, "Troubleshooting Signature Version 4"); warn before. */
const worrying = 60_000;

function warnOfSkew({ reporter }: Context, { clockSkewMs = 0 }: RegistryToken): void {
  if (Math.abs(clockSkewMs) < worrying) return;
  const skew = describeSkew(clockSkewMs);
  reporter.notice(
    `Compared with AWS's, this host's clock is ${skew}. Set it: sudo timedatectl set-ntp true`,
  );
}
