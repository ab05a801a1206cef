import { dirname, join } from 'node:path';
import { type Context, withoutCancellation } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText, withoutLinks } from '../lib/fs/files.ts';
import { quoted } from '../registry/load-credentials.ts';
import {
  composeDown,
  projectNetworks,
  removeContainers,
  removeNetworks,
  stopContainers,
} from './compose-commands.ts';
import { containersOf } from './containers.ts';
import { backendOf, type ComposeProject, lastLines } from './docker.ts';
import { parseNames, type ServiceContainer } from './docker-answers.ts';
import { mustDocker, tryDocker } from './run-docker.ts';

/** Stops the platform even if its Compose file is broken: running containers can be found without it. */

/**
 * A copy of an installation has the same Compose project name, so its commands would affect the containers of the
 * original. A moved folder no longer has an original.
 * @throws UserError INSTALLATION_COPIED
 */
export async function mustBeOurs(
  folder: string,
  containers: readonly ServiceContainer[],
): Promise<void> {
  for (const { workingDir } of containers) {
    if (workingDir === undefined) continue;
    const compose = join(workingDir, 'docker-compose.yml');
    if ((await readText(compose).catch(() => '')) === undefined) continue;
    const home = await withoutLinks(workingDir);
    if (home === backendOf(folder)) continue;
    const message = `The containers of this Compose project were started in ${home}, not in ${folder}.`;
    throw new UserError('INSTALLATION_COPIED', message, {
      hint: `To use that installation, pass --dir ${quoted(dirname(home))}. To replace it with this one, stop that one first.`,
    });
  }
}

/**
 * Removes containers and networks with Compose, in its order and with its time limits, then the rest by name. A signal
 * waits until that is done, because it would leave half of the platform running.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE
 */
export async function takeDownAll(cancellable: Context, project: ComposeProject): Promise<void> {
  const context = withoutCancellation(cancellable);
  const { name } = project;
  // Compose may be unable to read the files. The next steps report an unreachable engine.
  const down = await tryDocker(context, composeDown(project));
  if (down.exitCode !== 0) {
    context.reporter.notice(`docker compose down failed: ${lastLines(down.stderr)}`);
  }
  const left = (await containersOf(context, name)).map(({ id }) => id);
  if (left.length > 0) {
    await mustDocker(context, stopContainers(left), 'the containers');
    await mustDocker(context, removeContainers(left), 'the containers');
  }
  const { stdout } = await mustDocker(context, projectNetworks(name), name);
  const networks = parseNames(stdout);
  if (networks.length === 0) return;
  // A network with other containers stays, as with `docker compose down`.
  await mustDocker(context, removeNetworks(networks), 'the networks').catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    context.reporter.notice(`Could not remove ${networks.join(', ')}. ${error.message}`);
  });
}
