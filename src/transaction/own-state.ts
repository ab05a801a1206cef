import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { sync } from '../lib/fs/files.ts';
import { giveHandleTo, type Owner, ownerOf } from '../lib/fs/ownership.ts';

/** Temporary files in the state folder. The process that acquires the guard removes leftovers of others. */
const made = /^(guard|state)-/;

/** How often another process that acquires the guard may remove a file before that counts as an error. */
const tries = 10;

/**
 * Writes a small file in the state folder atomically, with mode 0600 and the folder's owner. It replaces an existing
 * file or link. Links are not followed.
 * @param path absolute
 * @param stage the state folder, for a file in a folder below it: only there, leftovers are removed
 * @throws UserError from `fileSystemError`
 */
export async function replaceState(
  path: string,
  content: string | Uint8Array,
  stage = dirname(path),
): Promise<void> {
  try {
    const owner = await ownerOf(dirname(path));
    const write = (mayBeSwept: boolean) => replaced(path, content, { stage, owner, mayBeSwept });
    for (let left = tries; !(await write(left > 1)); ) left -= 1;
    await sync(dirname(path));
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** @returns false if the file was removed by another process and that is allowed */
async function replaced(
  path: string,
  content: string | Uint8Array,
  {
    stage,
    owner,
    mayBeSwept,
  }: { readonly stage: string; readonly owner: Owner; readonly mayBeSwept: boolean },
): Promise<boolean> {
  const staged = join(stage, `state-${process.pid}-${randomBytes(4).toString('hex')}`);
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
 * Writes a new file with mode 0600. By handle, because another owner of the guard can remove its name at any time.
 * @param lasting it must survive a power failure
 */
export async function writeOwned(
  path: string,
  content: string | Uint8Array,
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

/** Removes leftovers of killed processes. A running process creates its file again. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (made.test(name)) await rm(join(folder, name), { force: true });
  }
}
