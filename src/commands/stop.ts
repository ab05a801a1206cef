import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { containersOf } from '../steps/containers.ts';
import { holdInstallation } from '../steps/hold-installation.ts';
import { readLock } from '../steps/open-installation.ts';
import { mustBeOurs, projectOf, takeDownAll } from '../steps/take-down-all.ts';

export interface StopOptions {
  readonly dir?: string;
}

/** Takes the platform down, even with a docker-compose.yml that is broken by now; data and configuration stay. */
export async function stop(context: Context, { dir }: StopOptions): Promise<number> {
  const { reporter } = context;
  const hold = { dir, command: 'proto-scaffold stop', changes: true };
  return holdInstallation(context, hold, async ({ folder }) => {
    const project = await projectOf(context, folder, (await readLock(folder)).project);
    const present = await containersOf(context, project);
    await mustBeOurs(folder, present);
    if (present.length === 0) reporter.line('The platform does not run: there is nothing to stop.');
    else {
      reporter.step('Taking the platform down');
      await takeDownAll(context, folder, project);
      reporter.line('The platform is stopped. Its data stays: volumes are not touched.');
    }
    const stopped = present.map(({ name }) => name);
    reporter.result({ installation: folder, wasRunning: present.length > 0, stopped });
    return ExitCode.done;
  });
}
