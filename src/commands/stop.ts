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
    const locked = (await readLock(folder)).project;
    // Whoever gave the project another name while it ran has its containers under the one before.
    const projects = new Set([await projectOf(context, folder, locked), locked]);
    const stopped: string[] = [];
    for (const project of projects) {
      const present = await containersOf(context, project);
      await mustBeOurs(folder, present);
      if (present.length === 0) continue;
      if (stopped.length === 0) reporter.step('Taking the platform down');
      await takeDownAll(context, folder, project);
      stopped.push(...present.map(({ name }) => name));
    }
    reporter.line(
      stopped.length > 0
        ? 'The platform is stopped. Its data stays: volumes are not touched.'
        : 'The platform does not run: there is nothing to stop.',
    );
    reporter.result({ installation: folder, wasRunning: stopped.length > 0, stopped });
    return ExitCode.done;
  });
}
