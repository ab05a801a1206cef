import { type Context, withoutCancellation } from '../context.ts';
import { UserError } from '../errors.ts';
import { isMissing } from '../lib/fs/files.ts';
import {
  composeDown,
  projectNetworks,
  removeContainers,
  removeNetworks,
  stopContainers,
} from './compose-commands.ts';
import { containersOf } from './containers.ts';
import type { ComposeProject } from './docker.ts';
import { parseNames } from './docker-answers.ts';
import { lastLines } from './docker-failures.ts';
import { mustDocker, tryDocker } from './run-docker.ts';
import { mustStayDown } from './starters.ts';

/** Stops the platform even if its Compose file is broken: running containers can be found without it. */

/**
 * Removes containers and networks with Compose, in its order and with its time limits, then the rest by name. A signal
 * waits until that is done, because it would leave half of the platform running.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE, PLATFORM_RESTARTED
 */
export async function takeDownAll(cancellable: Context, project: ComposeProject): Promise<void> {
  const context = withoutCancellation(cancellable);
  const { name } = project;
  // Compose may be unable to read the files. The next steps report an unreachable engine.
  const command = composeDown(project);
  // Without backend/, there is nothing to read, and nowhere to run docker.
  const down = (await isMissing(command.cwd ?? '.'))
    ? undefined
    : await tryDocker(context, command);
  if (down !== undefined && down.exitCode !== 0) {
    context.reporter.notice(`docker compose down failed: ${lastLines(down.stderr)}`);
  }
  const left = (await containersOf(context, name)).map(({ id }) => id);
  if (left.length > 0) {
    await mustDocker(context, stopContainers(left), 'the containers');
    await mustDocker(context, removeContainers(left), 'the containers');
  }
  await removeAll(context, name);
  await mustStayDown(context, project);
}

async function removeAll(context: Context, name: string): Promise<void> {
  const { stdout } = await mustDocker(context, projectNetworks(name), name);
  const networks = parseNames(stdout);
  if (networks.length === 0) return;
  // A network with other containers stays, as with `docker compose down`.
  await mustDocker(context, removeNetworks(networks), 'the networks').catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    context.reporter.notice(`Could not remove ${networks.join(', ')}. ${error.message}`);
  });
}
