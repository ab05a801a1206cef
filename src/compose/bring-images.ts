import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readDockerConfig } from '../registry/docker-config-file.ts';
import { findCredentials } from '../registry/find-credentials.ts';
import { loadCredentials } from '../registry/load-credentials.ts';
import { loginDocker, openSession } from '../registry/registry-session.ts';
import { storedLogin } from '../registry/stored-login.ts';
import type { ComposeModel } from './docker-answers.ts';
import { missingImages, pullImages } from './platform.ts';

export interface BringOptions {
  /** Absolute path of the installation. */
  readonly folder: string;
  readonly registry: string;
  /** Of --credentials. */
  readonly credentials?: string | undefined;
}

/**
 * Pulls the images that are not on the host, and asks no server where all of them are. Logs Docker in again where
 * its login to the registry has ended.
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
    // A login can be ended at any time by the other side, whatever it says of itself.
    const denied = error instanceof UserError && error.code === 'REGISTRY_DENIED';
    if (!denied || !ours || !valid) throw error;
    await logIn(context, options);
    await pullImages(context, await missingImages(context, missing));
  }
}

/** Would a pull be let in, as far as can be told? The token has to last for a slow one. */
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
  context.reporter.step(`An image is missing, and the login to ${registry} has ended`);
  const file = await findCredentials(context, folder, named);
  const { aws } = await loadCredentials(context, file);
  await openSession(context, aws, ({ token }) => loginDocker(context, token));
}
