import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { run } from '../lib/process/process.ts';
import { nearest } from '../lib/text/document-faults.ts';
import {
  composeConfig,
  composeLogTail,
  inspectContainers,
  projectContainers,
} from './compose-commands.ts';
import { composeInvalid, dockerFailure } from './docker.ts';
import {
  type ComposeModel,
  parseComposeModel,
  parseContainers,
  type ServiceContainer,
} from './docker-answers.ts';
import { docker } from './platform.ts';
import { plainLog } from './service-health.ts';

/** The platform's services: as the files have them, and as the engine runs them. */

/** Where `docker compose` is run by hand, too. */
export function backendOf(folder: string): string {
  return join(folder, 'backend');
}

/**
 * What docker-compose.yml and the operator's override say together, in Compose's own words. Asks no engine.
 * @throws UserError COMPOSE_INVALID, DOCKER_NOT_FOUND
 */
export async function composeModel(context: Context, folder: string): Promise<ComposeModel> {
  const { env, signal, reporter } = context;
  const command = composeConfig();
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  const { exitCode, stdout, stderr } = await run(command, { env, signal, cwd: backendOf(folder) });
  if (exitCode === 0) return parseComposeModel(stdout);
  const failure = dockerFailure(stderr, folder);
  // Docker's own settings are no matter of the files.
  throw failure.code === 'DOCKER_CONFIG_INVALID' ? failure : composeInvalid(stderr);
}

/** The containers of a Compose project, stopped ones too. @throws UserError DOCKER_ENGINE_UNREACHABLE */
export async function containersOf(
  context: Context,
  project: string,
): Promise<readonly ServiceContainer[]> {
  const { stdout } = await docker(context, projectContainers(project), project);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length === 0) return [];
  // One may be gone by now: docker prints the others, and fails.
  const { env, signal } = context;
  const inspected = await run(inspectContainers(ids), { env, signal });
  return inspected.stdout === '' ? [] : parseContainers(inspected.stdout);
}

/** The end of a service's log; empty if it cannot be had. */
export async function logTail(
  context: Context,
  folder: string,
  service: string,
  lines = 20,
): Promise<string[]> {
  const { env, signal } = context;
  const options = { env, signal, cwd: backendOf(folder) };
  const { stdout } = await run(composeLogTail(service, lines), options);
  return plainLog(stdout);
}

/** @throws UserError USAGE with the nearest name for one that is no service */
export function mustBeServices({ services }: ComposeModel, names: readonly string[]): void {
  const known = services.map(({ service }) => service);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UserError('USAGE', `${unknown} is not a service${nearest(unknown, known)}.`, {
    hint: `The services are ${known.join(', ')}.`,
  });
}

/**
 * The operator's own Compose file. Compose reads either name (Compose specification, "Merge"; docker compose, `-f`).
 */
export async function readOverride(folder: string): Promise<string | undefined> {
  for (const ending of ['yml', 'yaml']) {
    const text = await readText(join(folder, `backend/docker-compose.override.${ending}`));
    if (text !== undefined) return text;
  }
  return undefined;
}
