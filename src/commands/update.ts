import type { Context } from '../context.ts';
import type { OnConflict } from '../core/merge/result.ts';
import { planUpdate } from '../core/plan-update.ts';
import { ExitCode } from '../errors.ts';
import { applyUpdate } from '../steps/apply-update.ts';
import { backupBeforeUpdate, takeBackup } from '../steps/backup/before-update.ts';
import { downloadSizes, gatherUpdate } from '../steps/gather-update.ts';
import { withInstallation } from '../steps/open-installation.ts';
import { platformState } from '../steps/platform.ts';
import { pruneImages } from '../steps/prune-images.ts';
import { refuseConflicts } from '../steps/refuse-conflicts.ts';
import {
  reportDryUpdate,
  reportNothingNew,
  reportUpdate,
  showDiff,
  showUpdate,
} from '../steps/report-update.ts';
import { agree } from '../steps/show-plan.ts';

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
  /** Whether the data is backed up first; without either the operator or his settings decide. */
  readonly backup?: boolean;
}

/** Brings an installation to the release that the registry has now, and keeps every edit. */
export async function update(context: Context, options: UpdateOptions): Promise<number> {
  const { dryRun, onConflict } = options;
  const open = {
    ...(options.dir !== undefined && { dir: options.dir }),
    command: 'proto-scaffold update',
    changes: !dryRun,
  };
  return withInstallation(context, open, (installation) =>
    gatherUpdate(context, installation, options, async (gathered) => {
      const look = planUpdate(gathered.input);
      if (look.nothingNew) {
        if (options.prune && !dryRun) await pruneImages(context, installation.folder);
        reportNothingNew(context, look);
        return ExitCode.done;
      }
      const running = (await platformState(context, installation.lock.project)) === 'running';
      const { release } = gathered.input.templates;
      const first = await backupBeforeUpdate(context, installation, release, options);
      const backup = first === undefined ? {} : { backup: first.file };
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
      if (first !== undefined) await takeBackup(context, installation, first);
      const done = await applyUpdate(context, installation, gathered, computed);
      if (options.prune) await pruneImages(context, installation.folder);
      reportUpdate(context, computed, sizes, { ...done, ...backup });
      return ExitCode.done;
    }),
  );
}
