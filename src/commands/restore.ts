import { resolve } from 'node:path';
import { applyRestore } from '../backup/apply-restore.ts';
import { chooseFile } from '../backup/choose-file.ts';
import { gatherRestore } from '../backup/gather-restore.ts';
import { openBackup } from '../backup/read-backup.ts';
import {
  reportDryRestore,
  reportRestore,
  restoreData,
  showRestore,
} from '../backup/report-restore.ts';
import { mustHaveDocker } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { agree } from '../installation/show-plan.ts';
import { holdInstallation } from '../open/open-installation.ts';

export interface RestoreOptions {
  readonly dir?: string;
  readonly file: string;
  /** age identity file for an encrypted backup. */
  readonly identity?: string;
  /** The folder to keep the current state in. */
  readonly keepIn?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Restores data and files from a backup. Keeps the current state first. */
export async function restore(context: Context, options: RestoreOptions): Promise<number> {
  const { dir, dryRun, yes } = options;
  const path = resolve(context.cwd, options.file);
  const identity = options.identity && resolve(context.cwd, options.identity);
  const hold = { dir, command: 'proto-scaffold restore', changes: !dryRun, replaces: true };
  await using held = await holdInstallation(context, hold);
  await using backup = await openBackup(context, path, identity);
  await mustHaveDocker(context, { engine: true });
  const gathered = await gatherRestore(context, held.folder, backup);
  const aside = await chooseFile(context, held.folder, {
    given: options.keepIn,
    prefix: 'proto-before-restore',
    customer: gathered.lock.customer,
    encrypted: false,
  });
  showRestore(context, gathered, { dryRun, yes, aside });
  if (dryRun) {
    reportDryRestore(context, gathered);
    return ExitCode.done;
  }
  await agree(context, restoreData(gathered), yes);
  // From here on, the command changes the installation.
  const { release } = await installedTemplates(context, held.folder, gathered.lock);
  const applied = await applyRestore(context, held, gathered, release, aside);
  reportRestore(context, gathered, applied);
  return ExitCode.done;
}
