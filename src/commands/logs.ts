import { composeLogs } from '../compose/compose-commands.ts';
import { composeProject } from '../compose/compose-project.ts';
import { composeModel, containersOf, mustBeServices } from '../compose/containers.ts';
import { withoutLineClears } from '../compose/line-clears.ts';
import { mustOwn } from '../compose/ownership.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { runAttached } from '../lib/process/run-attached.ts';
import { holdInstallation } from '../open/open-installation.ts';

export interface LogsOptions {
  readonly services: readonly string[];
  readonly dir?: string;
  readonly follow: boolean;
  readonly since?: string;
  readonly tail?: string;
}

/** Shows the logs of the services with `docker compose logs`. */
export async function logs(context: Context, options: LogsOptions): Promise<number> {
  const hold = { dir: options.dir, command: 'proto-scaffold logs', changes: false };
  await using held = await holdInstallation(context, hold);
  const project = await composeProject(held.folder);
  const model = await composeModel(context, project);
  await mustOwn(context, project);
  mustBeServices(model, options.services);
  if ((await containersOf(context, project.name)).length === 0) {
    context.reporter.step('The platform is not running. `docker compose down` removes its logs.');
    return ExitCode.done;
  }
  const { env, signal } = context;
  const command = composeLogs(project, options);
  const code = await runAttached(command, { env, signal, filter: withoutLineClears });
  if (code === 0 || code >= 128) return code;
  throw new UserError('DOCKER_FAILED', `docker compose logs exited with code ${code}.`);
}
