import { composeProject } from '../compose/compose-project.ts';
import { containersOf, strayContainers } from '../compose/containers.ts';
import { judgeOwnership } from '../compose/owner.ts';
import { gatherOwnership, noteUse, refuseForeign } from '../compose/ownership.ts';
import { takeDownAll } from '../compose/take-down-all.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
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
  const project = await composeProject(folder, { renamed: true });
  await refuseForeign(folder, judgeOwnership(await gatherOwnership(context, project)));
  const own = await containersOf(context, project.name);
  // Someone may have started it by hand under another name (COMPOSE_PROJECT_NAME, or an edited `name`).
  const strays = await strayContainers(context, project);
  await noteUse(context, project, own);
  const stopped = [...own, ...strays].map(({ name }) => name);
  if (stopped.length > 0) reporter.step('Stopping the platform');
  const names = [
    ...(own.length > 0 ? [project.name] : []),
    ...strays.map((stray) => stray.project),
  ];
  for (const name of new Set(names)) {
    await takeDownAll(context, { ...project, name });
  }
  const isStopped = 'The platform is stopped. Its data is kept in the volumes.';
  if (stopped.length > 0) {
    const hint = 'Start it again with `proto-scaffold start`.';
    reporter.outcome({ found: isStopped, hint });
    context.signal.throwIfAborted();
  }
  reporter.line(stopped.length > 0 ? isStopped : 'The platform is not running.');
  reporter.result({ installation: folder, wasRunning: stopped.length > 0, stopped });
  return ExitCode.done;
}
