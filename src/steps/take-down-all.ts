import type { Context } from '../context.ts';
import {
  projectNetworks,
  removeContainers,
  removeNetworks,
  stopContainers,
} from '../core/compose-commands.ts';
import { parseNames } from '../core/docker-answers.ts';
import { UserError } from '../errors.ts';
import { composeModel, containersOf } from './containers.ts';
import { docker, takeDown } from './platform.ts';

/** The platform's end where its Compose file may be broken: what runs can be found without it. */

/** @returns the Compose project; a file that Compose can not read is told, and the lock file's name counts */
export async function projectOf(context: Context, folder: string, locked: string): Promise<string> {
  try {
    return (await composeModel(context, folder)).project;
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'COMPOSE_INVALID') throw error;
    context.reporter.notice(error.message);
    return locked;
  }
}

/**
 * Removes containers and networks by Compose, in its order and with its patience; what is left by name.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE
 */
export async function takeDownAll(
  context: Context,
  folder: string,
  project: string,
): Promise<void> {
  try {
    await takeDown(context, folder);
  } catch (error) {
    // Where Compose can not read the files; an engine that is gone is told by what follows.
    if (!(error instanceof UserError)) throw error;
  }
  const left = (await containersOf(context, project)).map(({ id }) => id);
  if (left.length > 0) {
    await docker(context, stopContainers(left), 'the containers');
    await docker(context, removeContainers(left), 'the containers');
  }
  const { stdout } = await docker(context, projectNetworks(project), project);
  const networks = parseNames(stdout);
  if (networks.length > 0) await docker(context, removeNetworks(networks), 'the networks');
}
