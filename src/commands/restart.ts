import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { startedData, tellStarted } from '../start/report-started.ts';
import { restartServices } from '../start/start-platform.ts';

export interface RestartOptions {
  readonly services: readonly string[];
  readonly dir?: string;
  /** In seconds. */
  readonly wait: number;
}

/** Restarts some or all services to load a changed configuration, and waits until they are healthy. */
export async function restart(context: Context, options: RestartOptions): Promise<number> {
  const { services, dir, wait } = options;
  const hold = { dir, command: 'proto-scaffold restart', changes: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const restarted = await restartServices(context, folder, services, wait);
  if (restarted === undefined) {
    throw new UserError(
      'PLATFORM_STOPPED',
      'Nothing was restarted, because the platform is not running.',
      {
        hint: 'Start it with `proto-scaffold start`.',
      },
    );
  }
  tellStarted(context, restarted);
  context.reporter.result({ installation: folder, ...startedData(restarted) });
  return ExitCode.done;
}
