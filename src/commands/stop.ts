import { containersOf } from '../compose/containers.ts';
import { areOurs, mustBeOurs, projectOf, takeDownAll } from '../compose/take-down-all.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { holdInstallation } from '../open/open-installation.ts';

export interface StopOptions {
  readonly dir?: string;
}

/** Stops the platform, even if docker-compose.yml is invalid. Keeps data and configuration. */
export async function stop(context: Context, { dir }: StopOptions): Promise<number> {
  const { reporter } = context;
  const hold = { dir, command: 'proto-scaffold stop', changes: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const locked = (await readLock(folder)).project;
  // If the project was renamed while it was running, its containers still have the old name.
  const project = await projectOf(context, folder, locked);
  const found = [{ project, present: await containersOf(context, project) }];
  await mustBeOurs(
    folder,
    found.flatMap(({ present }) => present),
  );
  if (project !== locked) {
    const present = await containersOf(context, locked);
    // If this is a copy with its own project name, these containers belong to the original.
    if (await areOurs(folder, present)) found.push({ project: locked, present });
  }
  const stopped = found.flatMap(({ present }) => present.map(({ name }) => name));
  if (stopped.length > 0) reporter.step('Stopping the platform');
  for (const { project, present } of found) {
    if (present.length > 0) await takeDownAll(context, folder, project);
  }
  reporter.line(
    stopped.length > 0
      ? 'The platform is stopped. Its data is kept in the volumes.'
      : 'The platform is not running.',
  );
  reporter.result({ installation: folder, wasRunning: stopped.length > 0, stopped });
  return ExitCode.done;
}
