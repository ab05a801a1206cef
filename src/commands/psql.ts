import * as compose from '../compose/compose-commands.ts';
import { composeProject } from '../compose/compose-project.ts';
import { containersOf } from '../compose/containers.ts';
import { mustOwn } from '../compose/ownership.ts';
import type { Context } from '../context.ts';
import { watchProgram } from '../data/watch-program.ts';
import { UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { readLock } from '../installation/read-installation.ts';
import { runAttached } from '../lib/process/run-attached.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { databaseOf } from '../release/release.ts';

export interface PsqlOptions {
  /** Arguments for psql. */
  readonly args: readonly string[];
  readonly dir?: string;
}

/** Runs psql in the container of the database, and returns the exit code of psql. */
export async function psql(context: Context, options: PsqlOptions): Promise<number> {
  const hold = { dir: options.dir, command: 'proto-scaffold psql', changes: false };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const lock = await readLock(folder);
  const { release } = await installedTemplates(context, folder, lock);
  const database = databaseOf(release, lock.hosting);
  if (database === undefined) {
    throw new UserError('TEMPLATES_INVALID', 'The release does not define a database service.');
  }
  const project = await composeProject(folder);
  await mustOwn(context, project);
  const present = await containersOf(context, project.name);
  const running = present.find(
    ({ service, state }) => service === database.service && state === 'running',
  );
  if (running === undefined) {
    throw new UserError('PLATFORM_STOPPED', `The database (${database.service}) is not running.`);
  }
  const { env, signal, terminal } = context;
  await using program = await watchProgram(context, running.id);
  const { mark } = program;
  const command = compose.psql(project, database, { terminal, mark }, options.args);
  return await runAttached(command, { env, signal, end: () => program.end() });
}
