import { constants, lstat, open, readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../errors.ts';
import type { AttributeLoss } from './attributes.ts';
import { fileSystemError } from './file-errors.ts';
import { makePrivateFolder, replaceFile, withoutLinks } from './files.ts';
import { giveHandleTo, isOwn, type Owner, pathOwner, wayTo } from './ownership.ts';

/**
 * Files in the home of a user, which with `sudo -E` is not root's: they keep their owner, and what is new belongs to the owner
 * of the folder that it is in.
 */

/**
 * Replaces a file, or creates it together with its folder (mode 700).
 * @param mode of a new file
 * @returns what the file loses
 * @throws UserError PATH_IN_THE_WAY for a link that leads out of what its owner owns
 */
export async function putHomeFile(
  path: string,
  content: string,
  mode: number,
): Promise<AttributeLoss[]> {
  return keepingOwner(path, async () => {
    await makePrivateFolder(dirname(path));
    return replaceFile(path, content, mode);
  });
}

/** Runs `write`, which may replace the file or create it and its folders, and then restores or sets their owners. */
export async function keepingOwner<T>(path: string, write: () => Promise<T>): Promise<T> {
  await rejectForeignLinks(path);
  const before = await pathOwner(path);
  const parent = (await wayTo(dirname(path))).at(-1);
  const done = await write();
  if (parent === undefined || (await pathOwner(path)) === undefined) return done;
  for (const made of foldersBetween(parent.path, dirname(path))) await giveWithin(made, parent);
  await giveWithin(path, before ?? parent);
  return done;
}

/**
 * Changes the owner of a file or folder by its handle, because a user can replace its name with a link. It must lie in
 * a folder in which the new owner can replace it anyway, or at exactly this path.
 */
async function giveWithin(path: string, owner: Owner): Promise<void> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(await withoutLinks(path), flags);
    try {
      const found = await handle.stat();
      // Without /proc, the path is all that is known.
      const real = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => path);
      const isSafe = real === path || (await pathOwner(dirname(real)))?.uid === owner.uid;
      const isNamedTwice = found.isFile() && found.nlink > 1;
      if (isSafe && !isNamedTwice) await giveHandleTo(handle, owner);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** The folders below `top`, from the top down to `folder` itself. */
function foldersBetween(top: string, folder: string): string[] {
  return folder === top ? [] : [...foldersBetween(top, dirname(folder)), folder];
}

/** Another user's link may lead only to files of that user: as root, we would write anywhere for them. */
async function rejectForeignLinks(path: string): Promise<void> {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const link = await lstat(at).catch(() => undefined);
    if (link?.isSymbolicLink() !== true || isOwn(link.uid) || link.uid === 0) continue;
    const target: Owner | undefined = await pathOwner(at);
    if (target?.uid === link.uid) continue;
    const message = `${at} is a symbolic link of another user, and leads to a file that this user does not own.`;
    throw new UserError('PATH_IN_THE_WAY', message, {
      hint: `Look where it leads: ls -l ${at}. Remove the link, then run the command again.`,
    });
  }
}
