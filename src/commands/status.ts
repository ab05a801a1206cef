import { composeProject } from '../compose/compose-project.ts';
import { composeModel } from '../compose/containers.ts';
import { waitUntilReady } from '../compose/wait-ready.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { holdInstallation, warnOfInterruptedChange } from '../open/open-installation.ts';
import { gatherStatus } from '../status/gather-status.ts';
import type { PlatformStatus } from '../status/platform-status.ts';
import { statusLines } from '../status/status-lines.ts';

export interface StatusOptions {
  readonly dir?: string;
  /** Seconds to wait until the platform is healthy. */
  readonly wait?: number;
}

/** Shows the status of the platform. With --wait, fails if the platform does not become healthy. */
export async function status(context: Context, { dir, wait }: StatusOptions): Promise<number> {
  const hold = { dir, command: 'proto-scaffold status', changes: false };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const failure = wait === undefined ? undefined : await waitFor(context, folder, wait);
  await warnOfInterruptedChange(context, folder);
  const { status: found, unknown } = await gatherStatus(context, folder);
  for (const line of statusLines(found)) context.reporter.line(line);
  if (unknown !== undefined) throw withStatus(unknown, found);
  context.reporter.result(found);
  if (wait === undefined || found.healthy) return ExitCode.done;
  if (failure !== undefined) context.reporter.step(failure.message);
  return ExitCode.host;
}

/** The error with the status as far as it is known. */
function withStatus({ code, message, hint, cause }: UserError, result: PlatformStatus): UserError {
  return new UserError(code, message, { hint, cause, document: { result } });
}

/** @returns why the platform is not healthy, if it is not. The status shows the details. */
async function waitFor(
  context: Context,
  folder: string,
  seconds: number,
): Promise<UserError | undefined> {
  try {
    const project = await composeProject(folder);
    const services = (await composeModel(context, project)).services.map(({ service }) => service);
    await waitUntilReady(context, { project, services, seconds });
    return undefined;
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.host) return error;
    throw error;
  }
}
