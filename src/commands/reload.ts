import { composeProject } from '../compose/compose-project.ts';
import { composeModel, containersOf, mustBeServices } from '../compose/containers.ts';
import { mustOwn } from '../compose/ownership.ts';
import { fileUsesOf, reloadService } from '../compose/reload.ts';
import { refreshCommands } from '../compose/service-health.ts';
import { staleServices } from '../compose/stale-files.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { readLock } from '../installation/read-installation.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { mountedCertificateFault } from '../tls/served.ts';

export interface ReloadOptions {
  readonly services: readonly string[];
  readonly dir?: string;
}

/** Lets running services read their changed files where that needs no restart, and says which need one. */
export async function reload(context: Context, { services, dir }: ReloadOptions): Promise<number> {
  const { reporter } = context;
  const hold = { dir, command: 'proto-scaffold reload', changes: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const lock = await readLock(folder);
  const project = await composeProject(folder);
  mustBeServices(await composeModel(context, project), services);
  await mustOwn(context, project);
  const containers = (await containersOf(context, project.name)).filter(
    ({ service, state }) =>
      state === 'running' && (services.length === 0 || services.includes(service)),
  );
  if (containers.length === 0) {
    const message =
      services.length === 0
        ? 'The platform is not running, so it has nothing to reload.'
        : `There is nothing to reload, because this is not running: ${services.join(', ')}.`;
    throw new UserError('PLATFORM_STOPPED', message, {
      hint: 'Services read their files when they start.',
    });
  }
  const { release } = await installedTemplates(context, folder, lock);
  const uses = fileUsesOf(release, lock.hosting);
  const look = () => staleServices(context, folder, containers, uses);
  const before = await look();
  for (const { service } of before.filter(({ by }) => by === 'reload')) {
    const how = uses.get(service)?.reload;
    reporter.step(`Reloading ${service}`);
    for (const container of containers.filter((each) => each.service === service)) {
      if (how === undefined) continue;
      const fault = await mountedCertificateFault(container);
      if (fault !== undefined) {
        throw new UserError('RELOAD_FAILED', `${service} was not reloaded: ${fault}`);
      }
      await reloadService(context, container, how);
    }
  }
  const after = await look();
  const reloaded = before.filter(({ service }) => after.every((each) => each.service !== service));
  for (const { service, files } of reloaded) {
    reporter.line(`${service} uses the changed ${files.join(', ')}.`);
  }
  const next = refreshCommands(after);
  for (const { service, files } of after) {
    reporter.line(`${service} does not use the changed ${files.join(', ')} yet. Run:`);
  }
  if (before.length === 0)
    reporter.line('Nothing to reload: no file was changed since the services read it.');
  for (const command of next) reporter.line(`  ${command}`);
  reporter.result({
    installation: folder,
    reloaded: reloaded.map(({ service }) => service),
    next,
  });
  return ExitCode.done;
}
