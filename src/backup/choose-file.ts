import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { isFolder, mustBeText } from '../lib/fs/place.ts';
import { localTime } from '../lib/terminal/local-time.ts';
import { backupName } from './manifest.ts';
import { requireUnusedPath } from './output-file.ts';

export interface FileWish {
  /** The path from the operator: a file, or a folder for the file. */
  readonly given: string | undefined;
  /** `proto-backup` or `proto-before-restore`. */
  readonly prefix: string;
  readonly customer: string;
  readonly encrypted: boolean;
}

/**
 * Chooses the path of a backup: the given file, or a generated name in the given folder or in the parent folder of the
 * installation.
 * @returns absolute path of a file that does not exist
 * @throws UserError BACKUP_EXISTS for a given name, FOLDER_READ_ONLY if the folder does not exist
 */
export async function chooseFile(
  { cwd }: Context,
  installation: string,
  { given, prefix, customer, encrypted }: FileWish,
): Promise<string> {
  const wish = given === undefined ? dirname(installation) : resolve(cwd, given);
  await mustBeText(wish);
  if (!(await isFolder(wish))) {
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
