import { backupBeforeUpdate, takeBackup } from '../backup/before-update.ts';
import { besideChecks, mustBeChecks } from '../checks/run-checks.ts';
import { platformState } from '../compose/platform.ts';
import { pruneImages } from '../compose/prune-images.ts';
import { startUpdated } from '../compose/start-updated.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { type Installation, withInstallation } from '../installation/open-installation.ts';
import { agree } from '../installation/show-plan.ts';
import type { OnConflict } from '../merge/result.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { applyUpdate } from '../update/apply-update.ts';
import { downloadSizes, type GatheredUpdate, gatherUpdate } from '../update/gather-update.ts';
import { planUpdate } from '../update/plan-update.ts';
import { refuseConflicts } from '../update/refuse-conflicts.ts';
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
  /** Start the platform afterwards, and wait until it is healthy. */
  readonly start: boolean;
  /** The longest to wait for that, in seconds. */
  readonly wait: number;
  /** Checks that are left out. */
  readonly ignore: readonly string[];
  /** Whether the data is backed up first; without either the operator or his settings decide. */
  readonly backup?: boolean;
}

/** Brings an installation to the release that the registry has now, and keeps every edit. */
export async function update(context: Context, options: UpdateOptions): Promise<number> {
  const open = {
    ...(options.dir !== undefined && { dir: options.dir }),
    command: 'proto-scaffold update',
    changes: !options.dryRun,
  };
  mustBeChecks(options.ignore);
  return withInstallation(context, open, async (installation) => {
    const templates = await loadTemplates(context, installation.lock.hosting);
    const look = { installation, templates, ignore: options.ignore };
    return besideChecks(context, 'update', look, (checked) =>
      gatherUpdate(context, installation, templates, options, async (gathered) => {
        await checked();
        return bring(context, options, installation, gathered);
      }),
    );
  });
}

async function bring(
  context: Context,
  options: UpdateOptions,
  installation: Installation,
  gathered: GatheredUpdate,
): Promise<number> {
  const { dryRun, onConflict } = options;
  const first = planUpdate(gathered.input);
  if (first.nothingNew) {
    if (options.prune && !dryRun) await pruneImages(context, installation.folder);
    tellNothingNew(context, first);
    const started =
      options.start && !dryRun ? await startUpdated(context, installation, options) : undefined;
    reportNothingNew(context, first, started);
    return ExitCode.done;
  }
  const running = (await platformState(context, installation.lock.project)) === 'running';
  const { release } = gathered.input.templates;
  const toBackUp = await backupBeforeUpdate(context, installation, release, options);
  const backup = toBackUp === undefined ? {} : { backup: toBackUp.file };
  const computed = planUpdate({ ...gathered.input, running, ...backup });
  const sizes = await downloadSizes(gathered, computed);
  showUpdate(context, computed, sizes, options);
  if (options.diff) showDiff(context, gathered.input, computed);
  if (onConflict === 'stop') refuseConflicts(computed);
  if (dryRun) {
    reportDryUpdate(context, computed, sizes);
    return options.exitCode ? ExitCode.decide : ExitCode.done;
  }
  await agree(context, options.yes);
  if (toBackUp !== undefined) await takeBackup(context, installation, toBackUp);
  const applied = await applyUpdate(context, installation, gathered, computed);
  const done = { ...applied, ...backup };
  if (options.prune) await pruneImages(context, installation.folder);
  if (options.start) {
    tellUpdate(context, computed, done, true);
    const started = await startUpdated(context, installation, options, done);
    reportUpdateStarted(context, computed, sizes, done, started);
  } else reportUpdate(context, computed, sizes, done);
  return ExitCode.done;
}
