import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { applyUninstall } from '../uninstall/apply-uninstall.ts';
import { confirmUninstall } from '../uninstall/confirm-uninstall.ts';
import { gatherUninstall } from '../uninstall/gather-uninstall.ts';
import { planUninstall } from '../uninstall/plan-uninstall.ts';
import { reportUninstall, showUninstall } from '../uninstall/report-uninstall.ts';

export interface UninstallOptions {
  readonly dir?: string;
  /** Also delete data volumes and backups. */
  readonly data: boolean;
  readonly name?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Removes an installation from this host. Deletes its data and configuration only with --data and its name. */
export async function uninstall(context: Context, options: UninstallOptions): Promise<number> {
  const { dir, data, name, dryRun, yes } = options;
  const hold = { dir, command: 'proto-scaffold uninstall', changes: !dryRun, replaces: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const lock = await readLock(folder);
  const { input, project } = await gatherUninstall(context, folder, data);
  const plan = planUninstall(input);
  showUninstall(context, plan, options);
  if (dryRun) {
    context.reporter.result({ dryRun: true, plan });
    return ExitCode.done;
  }
  await confirmUninstall(context, folder, plan, { data, yes, name });
  await applyUninstall(context, plan, project);
  reportUninstall(context, plan, lock);
  return ExitCode.done;
}
