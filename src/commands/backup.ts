import { resolve } from 'node:path';
import { ageEncrypter } from '../backup/age.ts';
import { chooseFile } from '../backup/choose-file.ts';
import { makeBackup } from '../backup/make-backup.ts';
import { openBackup, verifyBackup } from '../backup/read-backup.ts';
import { reportBackup, reportVerified } from '../backup/report-backup.ts';
import { ownerProblems } from '../compose/owner.ts';
import { mustHaveData } from '../compose/ownership.ts';
import { mustHaveDocker } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { gatherData } from '../data/gather-data.ts';
import { ExitCode, UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { readLock } from '../installation/read-installation.ts';
import { holdInstallation } from '../open/open-installation.ts';

export interface BackupOptions {
  readonly dir?: string;
  /** The file to create or, with `verify`, to read. */
  readonly file?: string;
  readonly verify: boolean;
  readonly encryptTo: readonly string[];
  readonly identity?: string;
}

/** Writes database, bucket, configuration and secrets to one file. The platform can keep running. */
export async function backup(context: Context, options: BackupOptions): Promise<number> {
  const { dir, file: given, encryptTo } = options;
  if (options.verify) return verify(context, options);
  if (options.identity !== undefined) {
    throw new UserError(
      'USAGE',
      '--identity requires --verify. To encrypt a new backup, use --encrypt-to.',
    );
  }
  const hold = { dir, command: 'proto-scaffold backup', changes: true };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const lock = await readLock(folder);
  const { release } = await installedTemplates(context, folder, lock);
  const encrypted = encryptTo.length > 0;
  if (encrypted) await ageEncrypter(encryptTo);
  const wish = { given, prefix: 'proto-backup', customer: lock.customer, encrypted };
  const file = await chooseFile(context, folder, wish);
  await mustHaveDocker(context, { engine: true });
  const data = await gatherData(context, folder, lock, release);
  await mustHaveData(folder, data.ownership);
  for (const { message } of ownerProblems(folder, lock, data.ownership)) {
    context.reporter.notice(message);
  }
  const made = await makeBackup(context, { folder, lock, data }, { file, encryptTo, raw: false });
  reportBackup(context, made, encrypted);
  return ExitCode.done;
}

async function verify(
  context: Context,
  { file, identity, encryptTo }: BackupOptions,
): Promise<number> {
  if (file === undefined)
    throw new UserError('USAGE', '--verify needs the path of the backup to verify.');
  if (encryptTo.length > 0)
    throw new UserError('USAGE', '--verify cannot be combined with --encrypt-to.');
  const path = resolve(context.cwd, file);
  const key = identity === undefined ? undefined : resolve(context.cwd, identity);
  await using opened = await openBackup(context, path, key);
  const { manifest } = await verifyBackup(opened);
  reportVerified(context, path, opened.size, opened.encrypted, manifest);
  return ExitCode.done;
}
