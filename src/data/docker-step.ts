import { dockerFailure } from '../compose/docker.ts';
import { missingImages, pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { type Command, type Finished, run } from '../lib/process/process.ts';

export interface DockerOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs docker until it ends, whatever the result. Ctrl-C in the terminal reaches only us: our signal ends docker if necessary. */
export function tryDocker(
  { env, signal, reporter }: Context,
  command: Command,
  options: DockerOptions = {},
): Promise<Finished> {
  reporter.detail(`${command.program} ${command.args.slice(0, 12).join(' ')}`);
  return run(command, { env, signal, group: true, ...options });
}

/** @param subject what the command is about @throws UserError from `dockerFailure` */
export async function mustDocker(
  context: Context,
  command: Command,
  subject: string,
  options: DockerOptions = {},
): Promise<Finished> {
  const finished = await tryDocker(context, command, options);
  if (finished.exitCode !== 0) throw dockerFailure(finished.stderr, subject);
  return finished;
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
