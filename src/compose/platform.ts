import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { findProgram } from '../lib/process/find-program.ts';
import { type Command, type Finished, run } from '../lib/process/process.ts';
import { diskUsage, projectVolumes } from './compose-commands.ts';
import {
  composeDown,
  dockerFailure,
  dockerHasImage,
  dockerPull,
  dockerRunning,
  dockerServerVersion,
  dockerVersion,
  engineForbidden,
} from './docker.ts';
import { parseNames, parseVolumeSizes } from './docker-answers.ts';

/** The platform on this host's Docker Engine. */

/** `no engine`: no engine responds, or docker is not installed. Then the platform is not running either. */
export type PlatformState = 'running' | 'stopped' | 'no engine';

/** @throws UserError DOCKER_ENGINE_UNREACHABLE if this user has no permission: the platform may be running */
export async function platformState(context: Context, project: string): Promise<PlatformState> {
  try {
    const { stdout } = await docker(context, dockerRunning(project), project);
    return stdout.trim() === '' ? 'stopped' : 'running';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const denied = error.message === engineForbidden;
    if (error.code === 'DOCKER_NOT_FOUND') return 'no engine';
    if (error.code === 'DOCKER_ENGINE_UNREACHABLE' && !denied) return 'no engine';
    throw error;
  }
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
  if (engine) await docker(context, dockerServerVersion(), 'the Docker Engine');
  // Running it reports why it cannot run. If it is on the PATH, no process is needed.
  else if ((await findProgram('docker', context.env.PATH)) === undefined) {
    await run(dockerVersion(), options(context));
  }
}

/** The images that are missing on the host. */
export async function missingImages(
  context: Context,
  images: readonly string[],
): Promise<readonly string[]> {
  const present = await Promise.all(
    images.map(async (image) => {
      const { exitCode } = await run(dockerHasImage(image), options(context));
      return exitCode === 0;
    }),
  );
  return images.filter((_, index) => present[index] !== true);
}

/** Pulls images one after the other. The engine already loads the layers of each in parallel. */
export async function pullImages(context: Context, images: readonly string[]): Promise<void> {
  for (const [index, image] of images.entries()) {
    context.reporter.step(`Pulling ${index + 1} of ${images.length}: ${image}`);
    await docker(context, dockerPull(image), image);
  }
}

/**
 * Stops and removes the platform with the current docker-compose.yml. A signal waits until that is done, because it
 * would leave half of the platform running.
 */
export async function takeDown({ env, reporter }: Context, installation: string): Promise<void> {
  const command = composeDown();
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  // In its own process group, which Ctrl-C in the terminal does not reach.
  const options = { env, cwd: join(installation, 'backend'), group: true };
  const { exitCode, stderr } = await run(command, options);
  if (exitCode !== 0) throw dockerFailure(stderr, 'docker compose down');
}

/**
 * Runs a docker command.
 * @param subject what the command is about, for the message: an image, the registry
 * @throws UserError from `dockerFailure`
 */
export async function docker(
  context: Context,
  command: Command,
  subject: string,
  cwd?: string,
): Promise<Finished> {
  context.reporter.detail(`${command.program} ${command.args.join(' ')}`);
  const finished = await run(command, { ...options(context), ...(cwd !== undefined && { cwd }) });
  if (finished.exitCode !== 0) throw dockerFailure(finished.stderr, subject);
  return finished;
}

function options({ env, signal }: Context) {
  return { env, signal };
}

/** The output of a docker command; empty if it timed out. */
export async function ask(
  { env, signal, reporter }: Context,
  command: Command,
  timeoutMs = 60_000,
): Promise<string> {
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  try {
    return (await run(command, { env, signal, timeoutMs })).stdout;
  } catch (error) {
    if (error instanceof UserError && error.code === 'PROGRAM_TIMEOUT') return '';
    throw error;
  }
}

/** docker walks through all files of all volumes, which takes too long for a large bucket. */
const longestWalk = 20_000;

export interface VolumeSize {
  readonly name: string;
  /** `null` if it cannot be determined in time. */
  readonly bytes: number | null;
}

/** The volumes of a Compose project with their sizes. */
export async function volumesOf(context: Context, project: string): Promise<readonly VolumeSize[]> {
  const names = parseNames(await ask(context, projectVolumes(project)));
  if (names.length === 0) return [];
  const usage = await ask(context, diskUsage(), longestWalk);
  const sizes = usage === '' ? new Map<string, number>() : parseVolumeSizes(usage);
  return names.map((name) => ({ name, bytes: sizes.get(name) ?? null }));
}
