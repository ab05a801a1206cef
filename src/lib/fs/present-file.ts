import type { Stats } from 'node:fs';
import { constants, lstat, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { fsPath } from '../text/file-name.ts';
import { fileSystemError } from './file-errors.ts';
import { sha256 } from './files.ts';
import type { Owner } from './ownership.ts';

/** A file of an installation as it is now. In bytes, because an edited file may not be UTF-8. */
export interface PresentFile {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly mode: number;
  readonly owner: Owner;
}

/**
 * Reads a file below an installation without following a link on the way or at its end.
 * @param path relative, `/` between its parts
 * @returns `undefined` if the file does not exist
 * @throws UserError PATH_IN_THE_WAY for a link, folder, device and the like; FILE_UNREADABLE
 */
export async function readPresent(
  installation: string,
  path: string,
): Promise<PresentFile | undefined> {
  if ((await lookAt(installation, path)) === undefined) return undefined;
  const at = join(installation, path);
  try {
    // If it becomes a link or a pipe only now, it is neither followed nor waited for.
    const handle = await open(
      fsPath(at),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw notAFile(at, stats);
      const bytes = await handle.readFile();
      const { uid, gid } = stats;
      return { bytes, sha256: sha256(bytes), mode: stats.mode & 0o7777, owner: { uid, gid } };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw isALink(at);
    if (code === 'EACCES') {
      throw new UserError('FILE_UNREADABLE', `You do not have permission to read ${at}.`);
    }
    throw fileSystemError(error, at);
  }
}

/**
 * Looks up a path below an installation: a file or a folder, reached through real folders only.
 * @throws UserError PATH_IN_THE_WAY
 */
export async function lookAt(installation: string, path: string): Promise<Stats | undefined> {
  const parent = dirname(path);
  if (parent !== '.') {
    const above = await lookAt(installation, parent);
    if (above === undefined) return undefined;
    if (!above.isDirectory()) throw notAFolder(join(installation, parent));
  }
  const at = join(installation, path);
  try {
    const stats = await lstat(fsPath(at));
    if (stats.isSymbolicLink()) throw isALink(at);
    return stats;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileSystemError(error, at);
  }
}

function isALink(at: string): UserError {
  return new UserError('PATH_IN_THE_WAY', `${at} is a symbolic link.`);
}

export function notAFolder(at: string): UserError {
  return new UserError('PATH_IN_THE_WAY', `${at} is not a folder.`);
}

function notAFile(at: string, stats: Stats): UserError {
  if (!stats.isDirectory()) return new UserError('PATH_IN_THE_WAY', `${at} is not a regular file.`);
  return new UserError('PATH_IN_THE_WAY', `${at} is a folder, not a file.`, {
    hint: `Docker creates a folder when a file that a container mounts is missing. If the folder is empty, run: rmdir ${at}`,
  });
}
