import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { lossWords } from '../lib/fs/attributes.ts';
import { readText } from '../lib/fs/files.ts';
import { putHomeFile } from '../lib/fs/home-file.ts';
import { findProgram } from '../lib/process/find-program.ts';
import { helperName, withHelper } from './docker-config.ts';
import { dockerConfigFile, homeFolder, readDockerConfig } from './docker-config-file.ts';

const program = `docker-credential-${helperName}`;

/** @throws UserError HELPER_NOT_ON_PATH */
export async function mustHaveHelper({ env }: Context): Promise<void> {
  if ((await findProgram(program, env.PATH)) !== undefined) return;
  throw new UserError(
    'HELPER_NOT_ON_PATH',
    `Docker needs ${program}, but it was not found on the PATH.`,
  );
}

/**
 * Configures Docker to use `docker-credential-proto-scaffold` for this registry.
 * @returns the files written
 * @throws UserError DOCKER_CONFIG_INVALID, HELPER_STATE_INVALID
 */
export async function registerHelper(
  context: Context,
  registry: string,
  credentialsFile: string,
): Promise<{ dockerConfig: string; state: string }> {
  const dockerConfig = dockerConfigFile(context);
  const config = withHelper(await readDockerConfig(context), registry, dockerConfig);
  const state = stateFile(context);
  const credentials = resolve(context.cwd, credentialsFile);
  const registries = withRegistry(await readHelperState(context), registry, credentials);
  const losses = [
    ...(await putHomeFile(state, registries, 0o600)),
    ...(await putHomeFile(dockerConfig, config, 0o600)),
  ];
  for (const loss of losses) context.reporter.notice(lossWords(loss));
  return { dockerConfig, state };
}

export async function readHelperState(context: Context): Promise<HelperRegistry> {
  const file = stateFile(context);
  return parseHelperRegistry(await readText(file), file);
}

/** The location defined by the XDG Base Directory Specification. */
function stateFile(context: Context): string {
  const folder = context.env.XDG_CONFIG_HOME || join(homeFolder(context.env), '.config');
  return join(folder, 'proto-scaffold', 'registries.json');
}

/**
 * Maps registries to credentials files, for the credential helper, which Docker calls from any folder.
 * Stored in `~/.config/proto-scaffold/registries.json`, which contains no secrets.
 */
const HelperRegistry = z.object({
  formatVersion: z.literal(1),
  /** By the registry's host. */
  registries: z.record(z.string(), z.object({ credentials: z.string() })),
});
export type HelperRegistry = z.infer<typeof HelperRegistry>;

/** @throws UserError HELPER_STATE_INVALID if it is damaged or in a newer format */
export function parseHelperRegistry(text: string | undefined, file: string): HelperRegistry {
  if (text === undefined) return { formatVersion: 1, registries: {} };
  let data: unknown;
  try {
    data = JSON.parse(text);
    return HelperRegistry.parse(data);
  } catch (cause) {
    if (isNewer(data)) {
      const message = `${file} was written by a newer version of proto-scaffold. This version supports format 1.`;
      const hint = 'Get a newer proto-scaffold from the vendor.';
      throw new UserError('HELPER_STATE_INVALID', message, { hint });
    }
    throw new UserError('HELPER_STATE_INVALID', `${file} is damaged.`, { cause });
  }
}

function isNewer(data: unknown): boolean {
  const version = (data as { formatVersion?: unknown } | null | undefined)?.formatVersion;
  return typeof version === 'number' && version > 1;
}

export function withRegistry(state: HelperRegistry, registry: string, credentials: string): string {
  const registries = { ...state.registries, [registry]: { credentials } };
  return `${JSON.stringify({ ...state, registries }, null, 2)}\n`;
}
