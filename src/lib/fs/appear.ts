import { link, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { isOwn } from './ownership.ts';
import { readPlain } from './read-file.ts';

/** How file systems and kernels report that they do not support a call (link(2), open(2), fsync(2)). Linux's EOPNOTSUPP is ENOTSUP in Node. */
export const unsupported: readonly string[] = ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

/** What link(2) says where there are no hard links (FAT, exFAT), or no more of them. */
const noHardLink = ['EPERM', 'EMLINK', ...unsupported];

/**
 * Gives a complete file a second name, which exists at once and replaces nothing.
 * @returns `taken` if the name is in use, `unsupported` without hard links
 * @throws the error of the system
 */
export async function linkTo(from: string, to: string): Promise<'done' | 'taken' | 'unsupported'> {
  try {
    await link(from, to);
    return 'done';
  } catch (error) {
    if (isTaken(error)) return 'taken';
    if (noHardLink.includes(codeOf(error))) return 'unsupported';
    throw error;
  }
}

/**
 * Gives a complete file a name, and replaces nothing: with link(2), and without hard links with a file that reserves the name
 * until the complete one is renamed onto it. It contains the old name, so that `finishAppear` can complete that after a
 * kill. The old name may remain.
 * @returns false if the name is in use
 * @throws the error of the system; UserError FILE_SYSTEM_ERROR if another program uses the reserved name
 */
export async function appear(from: string, to: string): Promise<boolean> {
  const linked = await linkTo(from, to);
  if (linked !== 'unsupported') return linked === 'done';
  if (!(await reserve(to, basename(from)))) return false;
  try {
    if (!(await isReservedFor(basename(from), to))) {
      throw new UserError('FILE_SYSTEM_ERROR', `Another program has written to ${to} meanwhile.`);
    }
    await rename(from, to);
    return true;
  } catch (error) {
    if (await isReservedFor(basename(from), to)) await rm(to, { force: true });
    throw error;
  }
}

/** Completes what a kill has interrupted. @param from a complete file @returns false if no name is reserved for it */
export async function finishAppear(from: string): Promise<boolean> {
  const folder = dirname(from);
  for (const name of await readdir(folder)) {
    const to = join(folder, name);
    if (!(await isReservedFor(basename(from), to))) continue;
    await rename(from, to);
    return true;
  }
  return false;
}

async function reserve(path: string, text: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch((error) => {
    if (isTaken(error)) return undefined;
    throw error;
  });
  try {
    await handle?.writeFile(text);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle?.close();
  }
  return handle !== undefined;
}

/** Not by its inode, which changes between two looks on some file systems (FUSE, CIFS). */
async function isReservedFor(name: string, path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isFile() !== true || stats.size !== Buffer.byteLength(name)) return false;
  if (!isOwn(stats.uid)) return false;
  return (await readPlain(path).catch(() => undefined))?.toString() === name;
}

function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
