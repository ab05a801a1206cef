import { containersOf } from '../compose/containers.ts';
import { areOurs, mustBeOurs, projectOf, takeDownAll } from '../compose/take-down-all.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { holdInstallation } from '../open/open-installation.ts';

export interface StopOptions {
  readonly dir?: string;
}

/** Takes the platform down, even with a docker-compose.yml that is broken by now; data and configuration stay. */
export async function stop(context: Context, { dir }: StopOptions): Promise<number> {
  const { reporter } = context;
  const hold = { dir, command: 'proto-scaffold stop', changes: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const locked = (await readLock(folder)).project;
  // Whoever gave the project another name while it ran has its containers under the one before.
  const project = await projectOf(context, folder, locked);
  const found = [{ project, present: await containersOf(context, project) }];
  await mustBeOurs(
    folder,
    found.flatMap(({ present }) => present),
  );
  if (project !== locked) {
    const present = await containersOf(context, locked);
    // Those of the original where this is a copy that got a name of its own.
    if (await areOurs(folder, present)) found.push({ project: locked, present });
  }
  const stopped = found.flatMap(({ present }) => present.map(({ name }) => name));
  if (stopped.length > 0) reporter.step('Taking the platform down');
  for (const { project, present } of found) {
    if (present.length > 0) await takeDownAll(context, folder, project);
  }
  reporter.line(
    stopped.length > 0
      ? 'The platform is stopped. Its data stays: volumes are not touched.'
      : 'The platform does not run: there is nothing to stop.',
  );
  reporter.result({ installation: folder, wasRunning: stopped.length > 0, stopped });
  return ExitCode.done;
}
