import { dockerFailure } from '../compose/docker.ts';
import { missingImages, pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { type Command, type Finished, run } from '../lib/process/process.ts';

export interface DockerStepOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs docker to its end, whatever that is. A Ctrl-C of the terminal reaches us alone: what has to end, ends by our signal. */
export function tryDocker(
  { env, signal, reporter }: Context,
  command: Command,
  options: DockerStepOptions = {},
): Promise<Finished> {
  reporter.detail(`${command.program} ${command.args.slice(0, 12).join(' ')}`);
  return run(command, { env, signal, group: true, ...options });
}

/** @param subject what docker was asked for @throws UserError as `dockerFailure` tells */
export async function mustDocker(
  context: Context,
  command: Command,
  subject: string,
  options: DockerStepOptions = {},
): Promise<Finished> {
  const finished = await tryDocker(context, command, options);
  if (finished.exitCode !== 0) throw dockerFailure(finished.stderr, subject);
  return finished;
}

/** Pulls what is not on the host, with the login that Docker has. @throws UserError REGISTRY_DENIED and the like */
export async function ensureImages(context: Context, images: readonly string[]): Promise<void> {
  const missing = await missingImages(context, [...new Set(images)]);
  try {
    await pullImages(context, missing);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'REGISTRY_DENIED') throw error;
    throw new UserError(error.code, `${error.message} Nothing was changed.`, {
      hint: 'A login lasts 12 hours: run `proto-scaffold login`, and then the command again.',
      cause: error,
    });
  }
}
