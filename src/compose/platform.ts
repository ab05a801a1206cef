import { type Context, withoutCancellation } from '../context.ts';
import { UserError } from '../errors.ts';
import { findProgram } from '../lib/process/find-program.ts';
import { run } from '../lib/process/process.ts';
import { composeDown, diskUsage, projectVolumes } from './compose-commands.ts';
import { containersOf } from './containers.ts';

import {
  type ComposeProject,
  dockerHasImage,
  dockerPull,
  dockerRunning,
  dockerServerVersion,
  dockerVersion,
} from './docker.ts';
import { parseNames, parseVolumeSizes } from './docker-answers.ts';
import { mustOwn, noteUse } from './ownership.ts';
import { enginePlace, failureOf, mustDocker, question, tryDocker } from './run-docker.ts';
import { mustStayDown } from './starters.ts';

/** The platform on this host's Docker Engine. */

/**
 * Whether a container of the platform is running. An engine that cannot be asked is not an answer.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE, DOCKER_NOT_FOUND; as `mustOwn`
 */
export async function isRunning(context: Context, project: ComposeProject): Promise<boolean> {
  await mustOwn(context, project);
  const { name } = project;
  const { stdout } = await mustDocker(context, dockerRunning(name), name, question);
  return stdout.trim() !== '';
}

/**
 * Checks that docker is available before it is needed.
 * @param engine whether an engine must also respond
 * @throws UserError DOCKER_NOT_FOUND, PROGRAM_NOT_FOUND, DOCKER_ENGINE_UNREACHABLE
 */
export async function mustHaveDocker(
  context: Context,
  { engine }: { readonly engine: boolean },
): Promise<void> {
  const { env, signal } = context;
  if (engine) {
    const command = dockerServerVersion();
    const { stdout } = await mustDocker(context, command, 'the Docker Engine', question);
    if (/podman/i.test(stdout)) {
      const message = `The engine that docker uses is Podman (${(await enginePlace(context)).at}).`;
      throw new UserError('DOCKER_IS_PODMAN', message);
    }
  }
  // Running it reports why it cannot run. If it is on the PATH, no process is needed.
  else if ((await findProgram('docker', env.PATH)) === undefined) {
    await run(dockerVersion(), { env, signal });
  }
}

/** The images that are missing on the host. @throws UserError DOCKER_ENGINE_UNREACHABLE */
export async function missingImages(
  context: Context,
  images: readonly string[],
): Promise<readonly string[]> {
  const present = await Promise.all(
    images.map((image) => exists(context, dockerHasImage(image), image)),
  );
  return images.filter((_, index) => present[index] !== true);
}

/** What docker prints if an object does not exist (moby, "No such object"). */
const notFound = /no such (image|volume|container|object)/i;

/**
 * Whether an object exists in the engine.
 * @param inspect a `docker … inspect` command
 * @throws UserError if docker fails for another reason
 */
export async function exists(
  context: Context,
  inspect: Parameters<typeof tryDocker>[1],
  subject: string,
): Promise<boolean> {
  const finished = await tryDocker(context, inspect, question);
  if (finished.exitCode === 0) return true;
  if (notFound.test(finished.stderr)) return false;
  throw await failureOf(context, finished, subject);
}

/** Pulls images one after the other. The engine already loads the layers of each in parallel. */
export async function pullImages(context: Context, images: readonly string[]): Promise<void> {
  for (const [index, image] of images.entries()) {
    context.reporter.step(`Pulling ${index + 1} of ${images.length}: ${image}`);
    await mustDocker(context, dockerPull(image), image);
  }
}

/** Pulls missing images, with Docker's current login. @throws UserError REGISTRY_DENIED and similar */
export async function ensureImages(context: Context, images: readonly string[]): Promise<void> {
  const missing = await missingImages(context, [...new Set(images)]);
  try {
    await pullImages(context, missing);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'REGISTRY_DENIED') throw error;
    throw new UserError(error.code, `${error.message} Nothing was changed.`, {
      hint: 'A login lasts 12 hours. Run `proto-scaffold login`, then run the command again.',
      cause: error,
    });
  }
}

/**
 * Stops and removes the platform with its current files. A signal waits until that is done, because it would leave half
 * of the platform running. Then checks that it stays down.
 * @throws UserError PLATFORM_RESTARTED
 */
export async function takeDown(context: Context, project: ComposeProject): Promise<void> {
  const calm = withoutCancellation(context);
  const containers = await containersOf(calm, project.name);
  await noteUse(calm, project, containers);
  const before = await countRunning(calm, project);
  try {
    await mustDocker(calm, composeDown(project), 'docker compose down');
  } catch (error) {
    const left = await countRunning(calm, project);
    if (left === undefined || left !== before) {
      const found =
        left === undefined
          ? 'The platform may be partly stopped'
          : `The platform is partly stopped: running containers: ${left} of ${before}`;
      context.reporter.notice(`${found}. ${startAgain}`);
    }
    throw error;
  }
  await mustStayDown(calm, project);
}

async function countRunning(
  context: Context,
  { name }: ComposeProject,
): Promise<number | undefined> {
  const { exitCode, stdout } = await tryDocker(context, dockerRunning(name), question);
  return exitCode === 0 ? stdout.split('\n').filter((id) => id !== '').length : undefined;
}

const startAgain = 'To start it, run docker compose up -d in backend/';

/** For a command that fails after it has stopped the platform. */
export const stoppedAlready = `The platform is already stopped. ${startAgain}`;

/** docker walks through all files of all volumes, which takes too long for a large bucket. */
const longestWalk = 20_000;

export interface VolumeSize {
  readonly name: string;
  /** `null` if it cannot be determined in time. */
  readonly bytes: number | null;
}

/** The volumes of a Compose project with their sizes. @throws UserError DOCKER_ENGINE_UNREACHABLE */
export async function volumesOf(context: Context, project: string): Promise<readonly VolumeSize[]> {
  const { stdout } = await mustDocker(context, projectVolumes(project), project, question);
  const names = parseNames(stdout);
  if (names.length === 0) return [];
  const sizes = await volumeSizes(context);
  return names.map((name) => ({ name, bytes: sizes.get(name) ?? null }));
}

async function volumeSizes(context: Context): Promise<ReadonlyMap<string, number>> {
  try {
    const { stdout } = await mustDocker(context, diskUsage(), 'docker system df', {
      answerMs: longestWalk,
    });
    return parseVolumeSizes(stdout);
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}
