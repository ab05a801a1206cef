import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Command } from '../lib/process/process.ts';
import { nearest } from '../lib/text/document-faults.ts';
import {
  composeConfig,
  composeConfigOf,
  composeLogTail,
  containersFrom,
  inspectContainers,
  projectContainers,
} from './compose-commands.ts';
import { backendOf, type ComposeProject } from './docker.ts';
import {
  type ComposeModel,
  parseComposeModel,
  parseContainers,
  type ServiceContainer,
} from './docker-answers.ts';
import { composeInvalid, composeInvalidAfter } from './docker-failures.ts';
import { failureOf, mustDocker, question, tryDocker } from './run-docker.ts';
import { plainLog } from './service-health.ts';

/** The platform's services: as defined in the files, and as running in the engine. */

/** The services in the merged configuration. @throws UserError as `mergedConfig` */
export async function composeModel(
  context: Context,
  project: ComposeProject,
): Promise<ComposeModel> {
  return parseComposeModel(await mergedConfig(context, project));
}

/**
 * The merged configuration of docker-compose.yml and the operator's override, as JSON from Compose. Does not contact an
 * engine.
 * @param after docker-compose.yml as a change would leave it
 * @throws UserError COMPOSE_INVALID, DOCKER_NOT_FOUND
 */
export async function mergedConfig(
  context: Context,
  project: ComposeProject,
  after?: string,
): Promise<string> {
  const finished =
    after === undefined
      ? await tryDocker(context, composeConfig(project))
      : await tryDocker(context, composeConfigOf(project), { input: after });
  if (finished.exitCode === 0) return finished.stdout;
  const failure = await failureOf(context, finished, project.folder);
  // Docker's own settings are unrelated to the files.
  const isOfDocker = [
    'DOCKER_CONFIG_INVALID',
    'DOCKER_ENGINE_UNREACHABLE',
    'COMPOSE_NOT_FOUND',
  ].includes(failure.code);
  if (isOfDocker) throw failure;
  const said = context.reporter.redact(finished.stderr);
  throw after === undefined ? composeInvalid(said) : composeInvalidAfter(said, project.files);
}

/** The containers of a Compose project, including stopped ones. @throws UserError DOCKER_ENGINE_UNREACHABLE */
export async function containersOf(
  context: Context,
  project: string,
): Promise<readonly ServiceContainer[]> {
  return listContainers(context, projectContainers(project));
}

/** The containers that `docker compose` created in this installation's backend/ under another project name. */
export async function strayContainers(
  context: Context,
  { name, folder }: ComposeProject,
): Promise<readonly ServiceContainer[]> {
  const backend = backendOf(folder);
  const all = await listContainers(context, containersFrom(backend));
  // The operator may have files of other projects there.
  const ours = join(backend, 'docker-compose.yml');
  return all.filter(({ project, composeFiles }) => project !== name && composeFiles.includes(ours));
}

/**
 * A platform that runs from this folder as another project has other volumes. To start beside it, or to back up the
 * installation's own volumes, would be about other data.
 * @throws UserError COMPOSE_PROJECT_DIFFERS
 */
export async function mustBeOneProject(context: Context, project: ComposeProject): Promise<void> {
  const strays = await strayContainers(context, project);
  if (strays.length === 0) return;
  const names = [...new Set(strays.map((stray) => stray.project))].join(', ');
  const containers = strays.map(({ name }) => name).join(', ');
  const message = `Containers were started in ${backendOf(project.folder)} as the Compose project ${names}, but this installation is ${project.name}: ${containers}.`;
  throw new UserError('COMPOSE_PROJECT_DIFFERS', message, {
    hint: `\`proto-scaffold stop\` stops them. Their data is in the volumes of ${names}, which are kept. \`proto-scaffold check\` shows what led Docker Compose there. Nothing was changed.`,
  });
}

async function listContainers(
  context: Context,
  list: Command,
): Promise<readonly ServiceContainer[]> {
  const { stdout } = await mustDocker(context, list, 'docker ps', question);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length === 0) return [];
  const inspected = await tryDocker(context, inspectContainers(ids), question);
  // One may no longer exist: docker then prints the others, and fails.
  const isGone = /no such container/i.test(inspected.stderr);
  if (inspected.exitCode === 0 || isGone) return parseContainers(inspected.stdout || '[]');
  throw await failureOf(context, inspected, 'docker container inspect');
}

/** The end of a service's log; empty if it is not available. */
export async function logTail(
  context: Context,
  project: ComposeProject,
  service: string,
  lines = 20,
): Promise<string[]> {
  const { stdout } = await tryDocker(context, composeLogTail(project, service, lines));
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
