import { constants } from 'node:fs';
import { type FileHandle, lchown, lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fsPath, nameOf } from '../text/file-name.ts';
import { fileSystemError } from './file-errors.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The user id of this process. It may have no entry in /etc/passwd, and so no name and no home. */
export function ownUid(): number {
  return process.geteuid?.() ?? -1;
}

export function isOwn(uid: number): boolean {
  return uid === ownUid();
}

/** @throws UserError from `fileSystemError`, like the other functions here */
export async function ownerOf(path: string): Promise<Owner> {
  try {
    const { uid, gid } = await lstat(fsPath(path));
    return { uid, gid };
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/**
 * Changes the owner of a file or folder. This matters with `sudo`: otherwise the operator could not read
 * files that root creates in the installation. Without permission to change it, the owner stays the current user.
 */
export async function giveTo(path: string, owner: Owner): Promise<void> {
  const { uid, gid } = owner;
  const present = await ownerOf(path);
  if (present.uid === uid && present.gid === gid) return;
  if (isOwn(0)) return giveSafely(path, owner);
  try {
    await lchown(fsPath(path), uid, gid);
  } catch (error) {
    if (!isNotAllowed(error)) throw fileSystemError(error, path);
  }
}

/**
 * As root: the owner of a folder on the way could put a link in its place at any time, and root would give him another
 * file. So the file is opened, the kernel says where that is, and only then its owner changes.
 */
async function giveSafely(path: string, owner: Owner): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(fsPath(path), flags).catch((error: NodeJS.ErrnoException) => {
    // A link keeps its owner: it has no content.
    if (error.code === 'ELOOP') return undefined;
    throw fileSystemError(error, path);
  });
  try {
    if (handle === undefined) return;
    const at = await readlink(`/proc/self/fd/${handle.fd}`, 'buffer').catch(() => undefined);
    const stats = await handle.stat();
    const isNamedTwice = stats.isFile() && stats.nlink > 1;
    if (at !== undefined && nameOf(at) === path && !isNamedTwice) await giveHandleTo(handle, owner);
  } finally {
    await handle?.close();
  }
}

/** The same for an open file: its name could point elsewhere by now. */
export async function giveHandleTo(handle: FileHandle, { uid, gid }: Owner): Promise<void> {
  const present = await handle.stat();
  if (present.uid === uid && present.gid === gid) return;
  await handle.chown(uid, gid).catch((error: unknown) => {
    if (!isNotAllowed(error)) throw error;
  });
}

/** EINVAL: the user namespace of this process does not have the user or the group (user_namespaces(7)). */
function isNotAllowed(error: unknown): boolean {
  return ['EPERM', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Changes the owner of a folder and everything below it. */
export async function giveTreeTo(root: string, owner: Owner): Promise<void> {
  await giveTo(root, owner);
  const options = { withFileTypes: true, encoding: 'buffer' } as const;
  const entries = await readdir(fsPath(root), options).catch((error) => {
    throw fileSystemError(error, root);
  });
  for (const entry of entries) {
    const path = join(root, nameOf(entry.name));
    if (entry.isDirectory()) await giveTreeTo(path, owner);
    else await giveTo(path, owner);
  }
}

/** Mode and owner of a path; links are followed. */
export interface PathOwner {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` if the path does not exist, or this user cannot look. */
export async function pathOwner(path: string): Promise<PathOwner | undefined> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { path, mode, uid, gid };
  } catch {
    return undefined;
  }
}

/** The path and all its parent folders, from the root down. */
export async function wayTo(path: string): Promise<PathOwner[]> {
  const above = path === dirname(path) ? [] : await wayTo(dirname(path));
  const own = await pathOwner(path);
  return own === undefined ? above : [...above, own];
}
