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

/** The platform's services: as defined in the files, and as running in the engine. */

/** The folder in which to run `docker compose`, also by hand. */
export function backendOf(folder: string): string {
  return join(folder, 'backend');
}

/**
 * The merged configuration of docker-compose.yml and the operator's override, from Compose. Does not contact an engine.
 * @throws UserError COMPOSE_INVALID, DOCKER_NOT_FOUND
 */
export async function composeModel(context: Context, folder: string): Promise<ComposeModel> {
  const { env, signal, reporter } = context;
  const command = composeConfig();
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  const { exitCode, stdout, stderr } = await run(command, { env, signal, cwd: backendOf(folder) });
  if (exitCode === 0) return parseComposeModel(stdout);
  const failure = dockerFailure(stderr, folder);
  // Docker's own settings are unrelated to the files.
  throw failure.code === 'DOCKER_CONFIG_INVALID' ? failure : composeInvalid(stderr);
}

/** The containers of a Compose project, including stopped ones. @throws UserError DOCKER_ENGINE_UNREACHABLE */
export async function containersOf(
  context: Context,
  project: string,
): Promise<readonly ServiceContainer[]> {
  const { stdout } = await docker(context, projectContainers(project), project);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length === 0) return [];
  // One may no longer exist: docker then prints the others, and fails.
  const { env, signal } = context;
  const inspected = await run(inspectContainers(ids), { env, signal });
  return inspected.stdout === '' ? [] : parseContainers(inspected.stdout);
}

/** The end of a service's log; empty if it is not available. */
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

/** @throws UserError USAGE with the closest name for an unknown service */
export function mustBeServices({ services }: ComposeModel, names: readonly string[]): void {
  const known = services.map(({ service }) => service);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UserError('USAGE', `${unknown} is not a service${nearest(unknown, known)}.`, {
    hint: `The services are ${known.join(', ')}.`,
  });
}

/**
 * The operator's own Compose file. Compose accepts both names (Compose specification, "Merge"; docker compose, `-f`).
 */
export async function readOverride(folder: string): Promise<string | undefined> {
  for (const ending of ['yml', 'yaml']) {
    const text = await readText(join(folder, `backend/docker-compose.override.${ending}`));
    if (text !== undefined) return text;
  }
  return undefined;
}
