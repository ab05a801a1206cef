import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { isFolder } from '../lib/fs/place.ts';
import { localTime } from '../lib/terminal/local-time.ts';
import { backupName } from './manifest.ts';
import { mustBeFree } from './output-file.ts';

export interface FileWish {
  /** As the operator gave it: a file, or a folder to put one into. */
  readonly given: string | undefined;
  /** `proto-backup` or `proto-before-restore`. */
  readonly prefix: string;
  readonly customer: string;
  readonly encrypted: boolean;
}

/**
 * Where a backup goes: a file that was named, or else one with a name of its own, in the folder that was named or
 * in the one that holds the installation.
 * @returns absolute path of a file that is not there
 * @throws UserError BACKUP_EXISTS for a name that was given, FOLDER_READ_ONLY where there is no such folder
 */
export async function chooseFile(
  { cwd }: Context,
  installation: string,
  { given, prefix, customer, encrypted }: FileWish,
): Promise<string> {
  const wish = given === undefined ? dirname(installation) : resolve(cwd, given);
  if (!(await isFolder(wish))) {
    if (!(await isFolder(dirname(wish)))) {
      const message = `There is no folder ${dirname(wish)}.`;
      throw new UserError('FOLDER_READ_ONLY', message, { hint: 'Make it, or name another.' });
    }
    await mustBeFree(wish);
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
    await mustBeFree(file);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'BACKUP_EXISTS') return false;
    throw error;
  }
}
