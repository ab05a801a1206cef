import { type FileHandle, lchown, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSystemError } from './file-errors.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whether a user id is that of this process. */
export function isOwn(uid: number): boolean {
  return uid === process.geteuid?.();
}

/** @throws UserError as `fileSystemError` tells; so do the others here */
export async function ownerOf(path: string): Promise<Owner> {
  try {
    const { uid, gid } = await lstat(path);
    return { uid, gid };
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/**
 * Gives a file or folder to its owner. With `sudo` that matters: what root makes in the operator's
 * installation the operator could not read the next day. Without the right to give away it stays ours.
 */
export async function giveTo(path: string, { uid, gid }: Owner): Promise<void> {
  const present = await ownerOf(path);
  if (present.uid === uid && present.gid === gid) return;
  try {
    await lchown(path, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw fileSystemError(error, path);
  }
}

/** The same for what is open: a name could lead elsewhere by now. */
export async function giveHandleTo(handle: FileHandle, { uid, gid }: Owner): Promise<void> {
  const present = await handle.stat();
  if (present.uid === uid && present.gid === gid) return;
  await handle.chown(uid, gid).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error;
  });
}

/** Gives a folder and all below it to one owner. */
export async function giveTreeTo(root: string, owner: Owner): Promise<void> {
  await giveTo(root, owner);
  const entries = await readdir(root, { withFileTypes: true }).catch((error) => {
    throw fileSystemError(error, root);
  });
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) await giveTreeTo(path, owner);
    else await giveTo(path, owner);
  }
}

/** Mode and owner of what is there, links followed. */
export interface PathOwner {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` where there is nothing, or this user may not look. */
export async function pathOwner(path: string): Promise<PathOwner | undefined> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { path, mode, uid, gid };
  } catch {
    return undefined;
  }
}

/** The path and all folders above it, from the root down. */
export async function wayTo(path: string): Promise<PathOwner[]> {
  const above = path === dirname(path) ? [] : await wayTo(dirname(path));
  const own = await pathOwner(path);
  return own === undefined ? above : [...above, own];
}
