import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { keepingOwner } from '../lib/fs/home-file.ts';
import {
  dockerConfigFile,
  protectDockerConfig,
  readDockerConfig,
} from '../registry/docker-config-file.ts';
import type { RegistryToken } from '../registry/ecr.ts';
import { findCredentials, loadCredentials } from '../registry/load-credentials.ts';
import { openSession } from '../registry/registry-session.ts';
import { storedLogin } from '../registry/stored-login.ts';
import { dockerLogin } from './docker.ts';
import type { ComposeModel } from './docker-answers.ts';
import { missingImages, pullImages } from './platform.ts';
import { failureOf, tryDocker } from './run-docker.ts';

export interface BringOptions {
  /** Absolute path of the installation. */
  readonly folder: string;
  readonly registry: string;
  /** Of --credentials. */
  readonly credentials?: string | undefined;
}

/**
 * Pulls the images that are missing on the host. Contacts no server if none is missing. Logs Docker in again if
 * its login to the registry has expired.
 */
export async function bringMissingImages(
  context: Context,
  { services }: ComposeModel,
  options: BringOptions,
): Promise<void> {
  const images = services.flatMap(({ image }) => (image === undefined ? [] : [image]));
  const missing = await missingImages(context, [...new Set(images)]);
  if (missing.length === 0) return;
  const { registry } = options;
  const ours = missing.some((image) => image.startsWith(`${registry}/`));
  const valid = !ours || (await loginHolds(context, registry));
  if (!valid) await logIn(context, options);
  try {
    await pullImages(context, missing);
  } catch (error) {
    // The registry can end a login at any time, whatever its stated expiry.
    const denied = error instanceof UserError && error.code === 'REGISTRY_DENIED';
    if (!denied || !ours || !valid) throw error;
    await logIn(context, options);
    await pullImages(context, await missingImages(context, missing));
  }
}

/** Whether a pull would probably be allowed. The token must last for a slow pull. */
async function loginHolds(context: Context, registry: string): Promise<boolean> {
  const login = storedLogin(await readDockerConfig(context), registry);
  const soon = Date.now() + 5 * 60_000;
  switch (login.kind) {
    case 'none':
      return false;
    case 'token':
      return login.expiresAt === undefined || login.expiresAt > soon;
    default:
      return true;
  }
}

async function logIn(context: Context, options: BringOptions): Promise<void> {
  const { folder, credentials: named, registry } = options;
  context.reporter.step(`An image is missing, and the login to ${registry} has expired`);
  const file = await findCredentials(context, folder, named);
  const { aws } = await loadCredentials(context, file);
  using session = await openSession(context, aws);
  await loginDocker(context, session.token);
}

/** Logs the docker CLI in. It stores the login according to its own settings (DOCKER_CONFIG). */
export async function loginDocker(context: Context, token: RegistryToken): Promise<void> {
  await protectDockerConfig(context);
  const command = dockerLogin(token.registry, token.username);
  const options = {
    input: token.password.reveal(),
    // Docker has no time limit of its own, and waits for the engine's.
    timeoutMs: 60_000,
  };
  const finished = await keepingOwner(dockerConfigFile(context), () =>
    tryDocker(context, command, options),
  );
  if (finished.exitCode !== 0) throw await failureOf(context, finished, token.registry);
}
