import { statfs } from 'node:fs/promises';
import { fileSystemError } from './file-errors.ts';

/** Bytes that this user may still write in a folder's file system. */
export async function freeSpace(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    throw fileSystemError(error, folder);
  }
}
