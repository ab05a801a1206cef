import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { fsPath, nameOf } from '../text/file-name.ts';
import { fileSystemError } from './file-errors.ts';
import { isMissing, readText } from './files.ts';
import { mountOf, parseMountInfo } from './mount-info.ts';

/** Checks whether an installation can be created at a location, before anything is changed. */

/**
 * Resolves a path that may be a link, or be below one, to the canonical path that later commands also find.
 * @throws UserError NAME_NOT_UTF8; FOLDER_NOT_EMPTY if it is a link to a path that does not exist
 */
export async function followLink(path: string): Promise<string> {
  await mustBeText(path);
  try {
    if (!(await lstat(path)).isSymbolicLink()) return await realpath(path);
  } catch {
    // It does not exist yet. Its parent folder should exist.
    return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
  }
  try {
    return await realpath(path);
  } catch (cause) {
    const message = `${path} is a symbolic link to a path that does not exist.`;
    throw new UserError('FOLDER_NOT_EMPTY', message, {
      hint: 'Create the folder that it points to, or remove the link.',
      cause,
    });
  }
}

/** @throws UserError NAME_NOT_UTF8 if Node could not decode a path from the command line or the system */
export async function mustBeText(path: string): Promise<void> {
  if (!path.includes('\ufffd') || !(await isMissing(path))) return;
  throw new UserError('NAME_NOT_UTF8', `The name ${path} is not UTF-8.`);
}

/**
 * @param hint for a folder without permission
 * @throws UserError FOLDER_READ_ONLY if this user cannot list and create files in a folder, or it is not a folder
 */
export async function mustBeWritable(folder: string, hint: string): Promise<void> {
  let what = 'write to';
  try {
    if (!(await stat(folder)).isDirectory()) throw noFolder(`${folder} is not a folder.`);
    await access(folder, constants.W_OK | constants.X_OK);
    what = 'list';
    // A folder that cannot be opened cannot be synced after the rename into it.
    await access(folder, constants.R_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw noFolder(`The folder ${folder} does not exist.`);
    if (code === 'ENOTDIR') throw noFolder(`Cannot open ${folder}: part of the path is a file.`);
    if (code !== 'EACCES' && code !== 'EPERM') throw fileSystemError(error, folder);
    throw new UserError('FOLDER_READ_ONLY', `You do not have permission to ${what} ${folder}.`, {
      hint,
      cause: error,
    });
  }
}

function noFolder(message: string): UserError {
  const hint = 'Create the folder, or choose another one: `proto-scaffold init DIR`.';
  return new UserError('FOLDER_READ_ONLY', message, { hint });
}

/** Whether a disk or a folder (`mount --bind`) is mounted there. It cannot be replaced. */
async function isMountPoint(folder: string): Promise<boolean> {
  try {
    if ((await stat(folder)).dev !== (await stat(dirname(folder))).dev) return true;
    return (await mountAt(folder)) === (await realpath(folder));
  } catch {
    return false;
  }
}

/** Where that is mounted which contains an existing path: renames work only within it (rename(2), EXDEV). */
export async function mountAt(path: string): Promise<string | undefined> {
  const mounts = parseMountInfo((await readText('/proc/self/mountinfo')) ?? '');
  try {
    const real = await realpath(fsPath(path), { encoding: 'buffer' });
    return mountOf(nameOf(real), mounts)?.path;
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Whether a folder cannot be replaced by a rename, only filled: a disk is mounted there, or its parent folder belongs to
 * another user.
 */
export async function stagesInside(folder: string): Promise<boolean> {
  if (!(await isFolder(folder))) return false;
  return (await isMountPoint(folder)) || !(await canWrite(dirname(folder)));
}

async function canWrite(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK | constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where `init` builds in such a folder. */
export const insideName = '.proto-init';

/** Whether `uninstall` moved the content of a folder that stays to this name in it. */
export function isRemoved(name: string): boolean {
  return /^removed-\d{4}-\d\d-\d\d(-\d+)?$/.test(name);
}

/** Whether a name in a folder leaves it empty for `init`: its own, and what a new ext4 disk has. */
export function isNothing(name: string): boolean {
  return (
    name === 'lost+found' || name === insideName || /^\.proto-init-\d+-[0-9a-f]{8}$/.test(name)
  );
}
