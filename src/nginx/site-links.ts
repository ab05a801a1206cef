import { lstat, readdir, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileSystemError } from '../lib/fs/file-errors.ts';

/** The links through which nginx finds a site, and the folders in its path. */

/** What exists at the path of a link: nothing, a link to the file, or something else, described in words. */
export type LinkState = 'absent' | 'in place' | { readonly other: string };

/** @param file absolute path without links, the required final target */
export async function linkState(path: string, file: string): Promise<LinkState> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 'absent';
  if ((await realpath(path).catch(() => '')) === file) return 'in place';
  if (!found.isSymbolicLink()) return { other: found.isDirectory() ? 'a folder' : 'a file' };
  return { other: `a link to ${await readlink(path)}` };
}

/** @throws UserError FOLDER_READ_ONLY and similar */
export async function makeLink(path: string, target: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** Removes a link that `makeLink` created. Anything else at this path stays. @throws as `makeLink` */
export async function takeLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) !== target) return;
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** The folders from `path` upwards that users other than owner and group cannot enter. */
export async function closedFolders(path: string): Promise<string[]> {
  const closed: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const mode = (await stat(at).catch(() => undefined))?.mode ?? 0o001;
    if ((mode & 0o001) === 0) closed.unshift(at);
    if (at === dirname(at)) return closed;
  }
}

/** Links everything in a folder into another, so that relative names resolve to the same files. */
export async function linkAll(from: string, into: string): Promise<void> {
  const names = await readdir(from).catch(() => []);
  for (const name of names) await symlink(join(from, name), join(into, name)).catch(() => {});
}
