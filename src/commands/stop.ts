import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { composeModel, containersOf } from '../steps/containers.ts';
import { holdInstallation } from '../steps/hold-installation.ts';
import { takeDown } from '../steps/platform.ts';

export interface StopOptions {
  readonly dir?: string;
}

/** Takes the platform down; data and configuration stay. */
export async function stop(context: Context, { dir }: StopOptions): Promise<number> {
  const { reporter } = context;
  const hold = { dir, command: 'proto-scaffold stop', changes: true };
  return holdInstallation(context, hold, async ({ folder }) => {
    const { project } = await composeModel(context, folder);
    const present = await containersOf(context, project);
    if (present.length === 0) reporter.line('The platform does not run: there is nothing to stop.');
    else {
      reporter.step('Taking the platform down');
      await takeDown(context, folder);
      reporter.line('The platform is stopped. Its data stays: volumes are not touched.');
    }
    const stopped = present.map(({ name }) => name);
    reporter.result({ installation: folder, wasRunning: present.length > 0, stopped });
    return ExitCode.done;
  });
}
