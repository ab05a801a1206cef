import { constants, type PathLike } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  stat,
  symlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { UserError } from '../../errors.ts';
import { fsPath, nameOf } from '../text/file-name.ts';
import { fileSystemError } from './file-errors.ts';
import { guarded, sha256, sync } from './files.ts';
import { readPlain } from './read-file.ts';

/** Folders with everything below them. Names are bytes; links are not followed. */

/** The files below a folder, sorted by path; empty if the folder does not exist. A name that is not UTF-8 is as `nameOf` has it. */
export async function listTree(root: string): Promise<string[]> {
  const entries = await listEntries(root).catch((error) => {
    if ((error as UserError).cause instanceof Error && isMissingError(error.cause)) return [];
    throw error;
  });
  const below = entries.map(async ({ name, isFolder }) =>
    isFolder ? (await listTree(join(root, name))).map((path) => join(name, path)) : [name],
  );
  return (await Promise.all(below)).flat().sort();
}

function isMissingError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isFile: boolean;
}

async function listEntries(folder: string): Promise<FolderEntry[]> {
  const entries = await guarded(folder, (at) =>
    readdir(fsPath(at), { withFileTypes: true, encoding: 'buffer' }),
  );
  return entries.map((entry) => ({
    name: nameOf(entry.name),
    isFolder: entry.isDirectory(),
    isFile: entry.isFile(),
  }));
}

/** Syncs every file and folder below `root`, and `root`. */
export async function syncTree(root: string): Promise<void> {
  for (const { name, isFolder, isFile } of await listEntries(root)) {
    const path = join(root, name);
    if (isFolder) await syncTree(path);
    else if (isFile) await sync(path);
  }
  await sync(root);
}

/** Copies the content of a folder into another, with modes and times. Links are copied, not followed. */
export async function copyTree(from: string, to: string): Promise<void> {
  for (const { name, isFolder } of await listEntries(from)) {
    const [source, copy] = [join(from, name), join(to, name)];
    if (!isFolder) {
      await guarded(copy, () => copyEntry(fsPath(source), fsPath(copy)));
      continue;
    }
    await guarded(copy, () => mkdir(fsPath(copy), { mode: 0o700 }));
    await copyTree(source, copy);
    await guarded(copy, () => copyModeAndTimes(fsPath(source), fsPath(copy)));
  }
}

async function copyEntry(from: PathLike, to: PathLike): Promise<void> {
  const stats = await lstat(from);
  if (stats.isSymbolicLink()) await symlink(await readlink(from, 'buffer'), to);
  else if (stats.isFile()) {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await copyModeAndTimes(from, to);
  }
}

async function copyModeAndTimes(from: PathLike, to: PathLike): Promise<void> {
  const { mode, atime, mtime } = await stat(from);
  await chmod(to, mode & 0o7777);
  await utimes(to, atime, mtime);
}

/** SHA-256, in hex, of everything below a folder: paths and contents. Links are not followed. */
export async function hashTree(root: string): Promise<string> {
  const lines: string[] = [];
  for (const path of await listTree(root)) {
    lines.push(JSON.stringify([path, await contentAt(join(root, path))]));
  }
  return sha256(lines.join('\n'));
}

/** The same of a folder or a single file. */
export async function hashEntry(path: string): Promise<string> {
  const isFolder = await guarded(path, async (at) => (await lstat(fsPath(at))).isDirectory());
  return isFolder ? hashTree(path) : sha256(await contentAt(path));
}

async function contentAt(path: string): Promise<string> {
  try {
    const at = fsPath(path);
    const stats = await lstat(at);
    if (stats.isSymbolicLink()) return `link to ${nameOf(await readlink(at, 'buffer'))}`;
    return stats.isFile() ? sha256(await readPlain(path, { noLink: true })) : 'something else';
  } catch (error) {
    throw fileSystemError(error, path);
  }
}
