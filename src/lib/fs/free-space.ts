import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
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
