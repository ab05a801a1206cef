import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export async function ownerOf(path: string): Promise<Owner> {
  const { uid, gid } = await lstat(path);
  return { uid, gid };
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
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** Gives a folder and all below it to one owner. */
export async function giveTreeTo(root: string, owner: Owner): Promise<void> {
  await giveTo(root, owner);
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) await giveTreeTo(path, owner);
    else await giveTo(path, owner);
  }
}
