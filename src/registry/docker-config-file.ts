import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { mustBeDockerConfig, namesHelper } from './docker-config.ts';

/** Docker's config.json, where Docker itself looks for it. */
export function dockerConfigFile({ env }: Context): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
}

/**
 * @returns its text; `undefined` if there is none yet
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
 * Sees to it that `docker login` will add to Docker's config.json, and not write over one that it cannot read.
 * @throws UserError DOCKER_CONFIG_INVALID, FILE_UNREADABLE
 */
export async function protectDockerConfig(context: Context): Promise<void> {
  const text = await readDockerConfig(context);
  if (text !== undefined) mustBeDockerConfig(text, dockerConfigFile(context));
}

/** Whether Docker asks our helper for this registry, so that no login of it ends. */
export async function hasHelper(context: Context, registry: string): Promise<boolean> {
  const text = await readDockerConfig(context);
  return text !== undefined && namesHelper(text, registry);
}
