import type { BigIntStats } from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';

/** How file systems and kernels report that they do not support a call (link(2), open(2), fsync(2)). Linux's EOPNOTSUPP is ENOTSUP in Node. */
export const unsupported: readonly string[] = ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

/** What link(2) says where there are no hard links (FAT, exFAT), or no more of them. */
const noHardLink = ['EPERM', 'EMLINK', ...unsupported];

/**
 * Gives a complete file a name at once, and replaces nothing: with link(2), and without hard links with an empty file that
 * reserves the name until the complete one is renamed onto it. The old name may remain.
 * @returns false if the name is in use
 * @throws the error of the system
 */
export async function appear(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    if (!noHardLink.includes(codeOf(error))) throw error;
  }
  const reserved = await reserve(to);
  if (reserved === undefined) return false;
  try {
    // Another program may use the name by now.
    if (!(await isUntouched(to, reserved))) return false;
    await rename(from, to);
    return true;
  } catch (error) {
    if (await isUntouched(to, reserved)) await rm(to, { force: true });
    throw error;
  }
}

async function reserve(path: string): Promise<BigIntStats | undefined> {
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      return await handle.stat({ bigint: true });
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw error;
  }
}

async function isUntouched(path: string, reserved: BigIntStats): Promise<boolean> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() === true && stats.ino === reserved.ino && stats.size === 0n;
}

function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
