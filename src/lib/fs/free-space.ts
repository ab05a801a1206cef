import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../errors.ts';
import { formatBytes } from '../terminal/words.ts';
import { fileSystemError } from './file-errors.ts';

/** Bytes that this user can still write in a folder's file system. */
export async function freeSpace(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    throw fileSystemError(error, folder);
  }
}

/** What is left free for others, in bytes: a twentieth of the disk, and at most 256 MiB. A full disk stops the database. */
function reserveOf(size: number): number {
  return Math.min(size / 20, 256 * 1024 ** 2);
}

/** How much may be written below a folder, in bytes, so that the reserve stays free. */
export async function roomIn(folder: string): Promise<number> {
  const { free, size } = await diskSpace(folder);
  return Math.max(0, Math.floor(free - reserveOf(size)));
}

/** @throws UserError DISK_FULL if this many bytes do not fit */
export async function requireRoom(folder: string, bytes: number, what: string): Promise<void> {
  const room = await roomIn(folder);
  if (bytes <= room) return;
  const message = `${what} needs ${formatBytes(bytes)}, and ${folder} has room for ${formatBytes(room)}: a part of the disk is kept free for others.`;
  throw new UserError('DISK_FULL', message);
}

/** In bytes: the space that this user can still use, and the size of the file system. */
export interface DiskSpace {
  readonly path: string;
  readonly free: number;
  readonly size: number;
}

/** @param path of a folder; if it does not exist yet, its nearest existing parent is used */
export async function diskSpace(path: string): Promise<DiskSpace> {
  const at = await nearestPresent(path);
  const { bavail, blocks, bsize } = await statfs(at);
  return { path: at, free: bavail * bsize, size: blocks * bsize };
}

async function nearestPresent(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A folder without read permission is usually on the same disk as its nearest readable parent.
    if (!['ENOENT', 'ENOTDIR', 'EACCES'].includes(code ?? '') || path === dirname(path))
      throw error;
    return nearestPresent(dirname(path));
  }
}
