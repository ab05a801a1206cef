import { join } from 'node:path';
import { projectVolumes } from '../compose/compose-commands.ts';
import { platformState } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { tryDocker } from '../data/docker-step.ts';
import { gatherData, type PlatformData } from '../data/gather-data.ts';
import { UserError } from '../errors.ts';
import type { Installation } from '../installation/read-installation.ts';
import { readText } from '../lib/fs/files.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import type { Release } from '../release/release.ts';
import { backupSetting, settingsFile } from '../update/update-setting.ts';
import { chooseFile } from './choose-file.ts';

/** A backup that an update takes before all else. */
export interface BackupFirst {
  /** Absolute path. */
  readonly file: string;
  readonly data: PlatformData;
}

export interface BackupWish {
  /** Of --backup and --no-backup. */
  readonly backup?: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Whether the data is backed up before an update: as the flags say; on a terminal the operator is asked; else
 * proto.toml decides.
 * @returns `undefined` where it is not, or there is no data
 */
export async function backupBeforeUpdate(
  context: Context,
  { folder, lock }: Installation,
  release: Release,
  wish: BackupWish,
): Promise<BackupFirst | undefined> {
  if (wish.backup === false) return undefined;
  if ((await platformState(context, lock.project)) === 'no engine') {
    if (wish.backup === true) {
      const message = 'No Docker Engine answers here, so the data can not be backed up.';
      throw new UserError('DOCKER_ENGINE_UNREACHABLE', message);
    }
    context.reporter.notice(
      'No Docker Engine answers here, so the data, if there is any, is not backed up first.',
    );
    return undefined;
  }
  const data = await gatherData(context, folder, lock, release).catch(async (error) => {
    if (wish.backup !== true && !(await hasVolumes(context, lock.project))) return undefined;
    return withWayOut(error);
  });
  if (data === undefined || data.places.length === 0) return undefined;
  if (!(wish.backup ?? (await decide(context, folder, wish)))) return undefined;
  const file = await chooseFile(context, folder, {
    given: undefined,
    prefix: 'proto-backup',
    customer: lock.customer,
    encrypted: false,
  });
  return { file, data };
}

/** Where nothing of the platform ever was, a Compose file that can not be read is no reason to stop. */
async function hasVolumes(context: Context, project: string): Promise<boolean> {
  const { stdout } = await tryDocker(context, projectVolumes(project));
  return stdout.trim() !== '';
}

async function decide(
  { interactive, reporter, signal }: Context,
  folder: string,
  { dryRun, yes }: BackupWish,
): Promise<boolean> {
  const setting = backupSetting(await readText(join(folder, settingsFile)));
  if (setting === 'unclear') {
    reporter.notice(
      `${settingsFile}: update.backup is neither "yes" nor "no"; it is taken as yes.`,
    );
  }
  const preset = setting !== 'no';
  if (!interactive || dryRun || yes) return preset;
  return confirm('Back the data up before anything is changed?', signal, preset);
}

/** @throws UserError BACKUP_NO_SPACE and what else stops a backup; nothing was changed then */
export async function takeBackup(
  context: Context,
  { folder, lock }: Installation,
  { file, data }: BackupFirst,
): Promise<void> {
  context.reporter.step(`Backing the data up to ${file}`);
  const target = { file, encryptTo: [], raw: false, spaceHint: noSpace };
  const { makeBackup } = await import('./make-backup.ts');
  await makeBackup(context, { folder, lock, data }, target).catch(withWayOut);
}

const noSpace =
  'Free some space; or take the backup to another disk with `proto-scaffold backup DIR`, and update with --no-backup then. Nothing was changed.';

/** An update goes without a backup, too, if that is meant. */
function withWayOut(error: unknown): never {
  if (!(error instanceof UserError) || error.code === 'BACKUP_NO_SPACE') throw error;
  const hint = `${error.hint} To update without a backup: --no-backup.`;
  const { code, message, faults, cause } = error;
  throw new UserError(code, message, { hint, faults, cause });
}
