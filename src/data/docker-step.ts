import { dockerFailure } from '../compose/docker.ts';
import type { Context } from '../context.ts';
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
