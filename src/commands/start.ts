import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { warnOfSudo } from '../lib/terminal/warn-of-sudo.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { printStarted, startedData } from '../start/report-started.ts';
import { startPlatform } from '../start/start-platform.ts';

export interface StartOptions {
  readonly dir?: string;
  readonly credentials?: string;
  /** In seconds. */
  readonly wait: number;
  /** Checks to skip. */
  readonly ignore: readonly string[];
  /** Start with empty volumes, although there was data. */
  readonly beginEmpty: boolean;
}

/** Starts the platform and waits until all services are healthy. */
export async function start(context: Context, options: StartOptions): Promise<number> {
  const { dir, ...how } = options;
  // Hold the installation so that an update cannot replace files meanwhile.
  const hold = { dir, command: 'proto-scaffold start', changes: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  warnOfSudo(context);
  const started = await startPlatform(context, folder, how);
  printStarted(context, started);
  context.reporter.result({ installation: folder, ...startedData(started) });
  return ExitCode.done;
}
