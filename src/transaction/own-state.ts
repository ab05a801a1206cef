import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { sync } from '../lib/fs/files.ts';
import { giveHandleTo, type Owner, ownerOf } from '../lib/fs/ownership.ts';

/** Files being made within the state folder: whoever takes the guard removes what others left of them. */
const made = /^(guard|state)-/;

/** How often somebody who takes the guard may sweep a file away before that is no coincidence any more. */
const tries = 10;

/**
 * Writes a small file within the state folder whole or not at all, 0600 and the folder's owner's. It takes the place of what
 * is there, of a link too, which is not followed.
 * @param path absolute
 * @throws UserError as `fileSystemError` tells
 */
export async function replaceState(path: string, content: string): Promise<void> {
  const folder = dirname(path);
  try {
    const owner = await ownerOf(folder);
    for (let left = tries; !(await replaced(path, content, owner, left > 1)); ) left -= 1;
    await sync(folder);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** @returns false if what was made was swept away, and that may happen */
async function replaced(
  path: string,
  content: string,
  owner: Owner,
  mayBeSwept: boolean,
): Promise<boolean> {
  const staged = join(dirname(path), `state-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await writeOwned(staged, content, owner, true);
    await rename(staged, path);
    return true;
  } catch (error) {
    await rm(staged, { force: true });
    if (mayBeSwept && (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Writes a new file of mode 0600. By handle, as another holder of the guard can sweep its name away at any moment.
 * @param lasting it is to outlive a power cut
 */
export async function writeOwned(
  path: string,
  content: string,
  owner: Owner,
  lasting: boolean,
): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await giveHandleTo(handle, owner);
    if (lasting) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what others left who were killed; a living one makes its file anew. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (made.test(name)) await rm(join(folder, name), { force: true });
  }
}
