import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../errors.ts';
import { makePrivateFolder, replaceFile, withoutLinks } from './files.ts';
import { giveTo, isOwn, type Owner, pathOwner, wayTo } from './ownership.ts';

/**
 * Files in the home of a user, which with `sudo -E` is not root's: they keep their owner, and what is new belongs to the owner
 * of the folder that it is in.
 */

/**
 * Replaces a file, or creates it together with its folder (mode 700).
 * @param mode of a new file
 * @throws UserError PATH_IN_THE_WAY for a link that leads out of what its owner owns
 */
export async function putHomeFile(path: string, content: string, mode: number): Promise<void> {
  await keepingOwner(path, async () => {
    await makePrivateFolder(dirname(path));
    await replaceFile(path, content, mode);
  });
}

/** Runs `write`, which may replace the file or create it and its folders, and then restores or sets their owners. */
export async function keepingOwner<T>(path: string, write: () => Promise<T>): Promise<T> {
  await rejectForeignLinks(path);
  const before = await pathOwner(path);
  const parent = (await wayTo(dirname(path))).at(-1);
  const done = await write();
  if (parent === undefined || (await pathOwner(path)) === undefined) return done;
  for (const made of foldersBetween(parent.path, dirname(path))) await giveTo(made, parent);
  await giveTo(await withoutLinks(path), before ?? parent);
  return done;
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
