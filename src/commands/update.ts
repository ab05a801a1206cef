import { backupBeforeUpdate, takeBackup } from '../backup/before-update.ts';
import { mustBeChecks, startChecks } from '../checks/run-checks.ts';
import { platformState } from '../compose/platform.ts';
import { pruneImages } from '../compose/prune-images.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import type { Installation } from '../installation/read-installation.ts';
import { agree } from '../installation/show-plan.ts';
import type { OnConflict } from '../merge/result.ts';
import { openInstallation } from '../open/open-installation.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { startUpdated } from '../start/start-platform.ts';
import { applyUpdate } from '../update/apply-update.ts';
import { downloadSizes, gatherUpdate } from '../update/gather-update.ts';
import { planUpdate, refuseConflicts, type UpdatePlan } from '../update/plan-update.ts';
import {
  reportDryUpdate,
  reportNothingNew,
  reportUpdate,
  reportUpdateStarted,
  showDiff,
  showUpdate,
  tellNothingNew,
  tellUpdate,
} from '../update/report-update.ts';

export interface UpdateOptions {
  readonly dir?: string;
  readonly credentials?: string;
  readonly release?: string;
  readonly dryRun: boolean;
  readonly diff: boolean;
  readonly exitCode: boolean;
  readonly onConflict: OnConflict;
  readonly yes: boolean;
  readonly offline: boolean;
  readonly prune: boolean;
  /** Then start the platform and wait until it is healthy. */
  readonly start: boolean;
  /** Maximum time to wait for that, in seconds. */
  readonly wait: number;
  /** Checks to skip. */
  readonly ignore: readonly string[];
  /** Whether to back up the data first. By default, a prompt or the settings decide. */
  readonly backup?: boolean;
}

/** Updates an installation to the current release in the registry, and keeps every edit. */
export async function update(context: Context, options: UpdateOptions): Promise<number> {
  const { dir, dryRun, onConflict, ignore } = options;
  mustBeChecks(ignore);

  // Gather.
  const open = { dir, command: 'proto-scaffold update', changes: !dryRun };
  await using installation = await openInstallation(context, open);
  const templates = await loadTemplates(context, installation.lock.hosting);
  await using checks = startChecks(context, 'update', { installation, templates, ignore });
  using gathered = await gatherUpdate(context, installation, templates, options);
  await checks.passed();

  // Compute.
  const first = planUpdate(gathered.input);
  if (first.nothingNew) return await finishNothingNew(context, options, installation, first);
  const running = (await platformState(context, installation.lock.project)) === 'running';
  const toBackUp = await backupBeforeUpdate(context, installation, templates.release, options);
  const backup = toBackUp === undefined ? {} : { backup: toBackUp.file };
  const computed = planUpdate({ ...gathered.input, running, ...backup });
  const sizes = await downloadSizes(gathered, computed);

  // Show.
  showUpdate(context, computed, sizes, options);
  if (options.diff) showDiff(context, gathered.input, computed);
  if (onConflict === 'stop') refuseConflicts(computed);
  if (dryRun) {
    reportDryUpdate(context, computed, sizes);
    return options.exitCode ? ExitCode.decide : ExitCode.done;
  }

  // Confirm. From here on, the command changes the installation.
  await agree(context, options.yes);

  // Apply.
  if (toBackUp !== undefined) await takeBackup(context, installation, toBackUp);
  const applied = await applyUpdate(context, installation, gathered, computed);
  const done = { ...applied, ...backup };
  if (options.prune) await pruneImages(context, installation.folder);

  // Report.
  if (!options.start) {
    reportUpdate(context, computed, sizes, done);
    return ExitCode.done;
  }
  tellUpdate(context, computed, done, true);
  const started = await startUpdated(context, installation.folder, options, done.history);
  reportUpdateStarted(context, computed, sizes, done, started);
  return ExitCode.done;
}

/** The registry has nothing newer. Runs the other requested actions. */
async function finishNothingNew(
  context: Context,
  options: UpdateOptions,
  { folder }: Installation,
  computed: UpdatePlan,
): Promise<number> {
  const { prune, start, dryRun } = options;
  if (prune && !dryRun) await pruneImages(context, folder);
  tellNothingNew(context, computed);
  const started = start && !dryRun ? await startUpdated(context, folder, options) : undefined;
  reportNothingNew(context, computed, started);
  return ExitCode.done;
}
