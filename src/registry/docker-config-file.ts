import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { mustBeDockerConfig, namesHelper } from './docker-config.ts';

/** The user's home. A user without HOME and without an entry in /etc/passwd has none. */
export function homeFolder(env: Context['env']): string {
  if (env.HOME) return env.HOME;
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** The path of Docker's config.json, found like Docker does. */
export function dockerConfigFile({ env }: Context): string {
  return join(env.DOCKER_CONFIG || join(homeFolder(env), '.docker'), 'config.json');
}

/**
 * @returns its text; `undefined` if the file does not exist yet
 * @throws UserError FILE_UNREADABLE
 */
export async function readDockerConfig(context: Context): Promise<string | undefined> {
  try {
    return await readText(dockerConfigFile(context));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, error.message, {
      hint: 'This file belongs to Docker. After `sudo docker login`, its owner may be root. To fix this, run `sudo chown -R $USER ~/.docker`.',
      cause: error.cause,
    });
  }
}

/**
 * Makes sure that `docker login` will extend Docker's config.json, and not overwrite one that it cannot read.
 * @throws UserError DOCKER_CONFIG_INVALID, FILE_UNREADABLE
 */
export async function protectDockerConfig(context: Context): Promise<void> {
  const text = await readDockerConfig(context);
  if (text !== undefined) mustBeDockerConfig(text, dockerConfigFile(context));
}

/** Whether Docker uses our helper for this registry, so that its login never expires. */
export async function hasHelper(context: Context, registry: string): Promise<boolean> {
  const text = await readDockerConfig(context);
  return text !== undefined && namesHelper(text, registry);
}
