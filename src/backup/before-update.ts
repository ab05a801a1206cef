import { join } from 'node:path';
import { mustHaveData } from '../compose/ownership.ts';
import type { Context } from '../context.ts';
import { gatherData, type PlatformData } from '../data/gather-data.ts';
import { UserError } from '../errors.ts';
import type { Installation } from '../installation/read-installation.ts';
import { readSettings, settingsFile } from '../installation/settings.ts';
import { readText } from '../lib/fs/files.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import type { Release } from '../release/release.ts';
import { chooseFile } from './choose-file.ts';

/** A backup that an update creates first. */
export interface BackupFirst {
  /** Absolute path. */
  readonly file: string;
  readonly data: PlatformData;
}

export interface BackupWish {
  /** From --backup or --no-backup. */
  readonly backup?: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Decides whether to back up the data before an update: from the flags, else from a prompt on a terminal, else from
 * proto.toml. A backup that is due and cannot be made stops the update.
 * @returns `undefined` if there is no backup or no data
 * @throws UserError from `gatherData`
 */
export async function backupBeforeUpdate(
  context: Context,
  { folder, lock }: Installation,
  release: Release,
  wish: BackupWish,
): Promise<BackupFirst | undefined> {
  if (wish.backup === false) return undefined;
  const data = await gatherData(context, folder, lock, release).catch(withNoBackupHint);
  await mustHaveData(folder, data.ownership).catch(withNoBackupHint);
  if (data.places.length === 0) {
    if (wish.backup === true) context.reporter.notice('There is no data to back up yet.');
    return undefined;
  }
  if (!(wish.backup ?? (await decide(context, folder, wish)))) return undefined;
  const file = await chooseFile(context, folder, {
    given: undefined,
    prefix: 'proto-backup',
    customer: lock.customer,
    encrypted: false,
  });
  return { file, data };
}

async function decide(
  { interactive, reporter, signal }: Context,
  folder: string,
  { dryRun, yes }: BackupWish,
): Promise<boolean> {
  const settings = readSettings(await readText(join(folder, settingsFile)));
  for (const problem of settings.problems) reporter.notice(problem);
  const preset = settings.backup === 'yes';
  if (!interactive || dryRun || yes) return preset;
  return confirm('Back up the data before the update?', signal, preset);
}

/** @throws UserError BACKUP_NO_SPACE and other backup errors, with nothing changed */
export async function takeBackup(
  context: Context,
  { folder, lock }: Installation,
  { file, data }: BackupFirst,
): Promise<void> {
  context.reporter.step(`Backing up the data to ${file}`);
  const target = { file, encryptTo: [], raw: false, spaceHint: noSpaceHint };
  const { makeBackup } = await import('./make-backup.ts');
  await makeBackup(context, { folder, lock, data }, target).catch(withNoBackupHint);
  const found = `The backup ${file} is complete. The installation is unchanged.`;
  context.reporter.outcome({ found, hint: 'You can run the command again.' });
}

const noSpaceHint =
  'Free some space. Or create the backup on another disk with `proto-scaffold backup DIR`, then update with --no-backup. Nothing was changed.';

/** Adds the hint that an update can also run without a backup. */
function withNoBackupHint(error: unknown): never {
  if (!(error instanceof UserError) || error.code === 'BACKUP_NO_SPACE') throw error;
  const hint = `${error.hint} To update without a backup, pass --no-backup.`;
  const { code, message, faults, cause } = error;
  throw new UserError(code, message, { hint, faults, cause });
}
