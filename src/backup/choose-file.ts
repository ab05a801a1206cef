import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { makeFolder } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { isFolder, mustBeText, stagesInside } from '../lib/fs/place.ts';
import { localTime } from '../lib/terminal/local-time.ts';
import { backupName } from './manifest.ts';
import { requireUnusedPath } from './output-file.ts';

const insideFolder = 'backups';

export interface FileWish {
  /** The path from the operator: a file, or a folder for the file. */
  readonly given: string | undefined;
  /** `proto-backup` or `proto-before-restore`. */
  readonly prefix: string;
  readonly customer: string;
  readonly encrypted: boolean;
}

/**
 * The default folder for backups: the parent folder of the installation. If that is another user's or on another disk, it is a
 * folder in the installation, which no backup includes, and which may not exist yet.
 */
export async function backupFolder(installation: string): Promise<string> {
  return (await stagesInside(installation))
    ? join(installation, insideFolder)
    : dirname(installation);
}

/** Creates the default folder, if a backup goes there. */
export async function makeBackupFolder(installation: string, file: string): Promise<void> {
  if (dirname(file) !== join(installation, insideFolder)) return;
  await makeFolder(installation, insideFolder, () => 0o700, await ownerOf(installation));
}

/**
 * Chooses the path of a backup: the given file, or a generated name in the given folder or in the default folder.
 * @returns absolute path of a file that does not exist
 * @throws UserError BACKUP_EXISTS for a given name, FOLDER_READ_ONLY if the folder does not exist
 */
export async function chooseFile(
  { cwd }: Context,
  installation: string,
  { given, prefix, customer, encrypted }: FileWish,
): Promise<string> {
  const wish = given === undefined ? await backupFolder(installation) : resolve(cwd, given);
  await mustBeText(wish);
  if (given !== undefined && !(await isFolder(wish))) {
    if (!(await isFolder(dirname(wish)))) {
      const message = `The folder ${dirname(wish)} does not exist.`;
      throw new UserError('FOLDER_READ_ONLY', message, {
        hint: 'Create the folder, or choose another one.',
      });
    }
    await requireUnusedPath(wish);
    return wish;
  }
  const now = new Date();
  const name = backupName(prefix, customer, localTime(now, -now.getTimezoneOffset()));
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? name : name.replace(/\.tar$/, `-${number}.tar`);
    const file = join(wish, encrypted ? `${numbered}.age` : numbered);
    if (await isFree(file)) return file;
  }
}

async function isFree(file: string): Promise<boolean> {
  try {
    await requireUnusedPath(file);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'BACKUP_EXISTS') return false;
    throw error;
  }
}
