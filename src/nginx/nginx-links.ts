import { lstat, readdir, readlink, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileSystemError } from '../lib/fs/file-errors.ts';

/** Where Debian and Ubuntu keep nginx's sites; what is enabled comes first. */
const folders = ['sites-enabled', 'conf.d', 'sites-available'];

/**
 * The links in nginx's configuration that lead, in one step or several, into a folder.
 * @param nginx `/etc/nginx`
 */
export async function linksInto(nginx: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of folders) {
    const names = await readdir(join(nginx, name)).catch(() => []);
    for (const path of names.sort().map((file) => join(nginx, name, file))) {
      if (await leadsInto(path, folder)) found.push(path);
    }
  }
  return found;
}

/** Its end need not be there any more, so links are followed one by one. */
async function leadsInto(path: string, folder: string, depth = 8): Promise<boolean> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined || depth === 0) return false;
  const at = resolve(dirname(path), target);
  return at.startsWith(`${folder}/`) || leadsInto(at, folder, depth - 1);
}

/** Removes a link; anything else that has come there in the meantime stays. */
export async function removeLink(path: string): Promise<void> {
  try {
    if ((await lstat(path)).isSymbolicLink()) await rm(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileSystemError(error, path);
  }
}
