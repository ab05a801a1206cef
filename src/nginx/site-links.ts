import { readdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The folders in the path of a site, and in that of nginx. */

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
