import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { fsPath } from '../text/file-name.ts';

/**
 * The only reader of files (lint/house.mjs). Instead of any file, a named pipe may wait: opening it would wait for a
 * writer for good, in a thread that no signal ends, and a device may never end.
 */

export interface Reading {
  /** A symbolic link is refused instead of followed. */
  readonly noLink?: boolean;
}

/**
 * Opens a plain file for reading.
 * @throws UserError FILE_UNREADABLE for a folder, a pipe, a socket or a device; the error of the system
 */
export async function openPlain(path: string, { noLink }: Reading = {}): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const handle = await open(fsPath(path), flags | (noLink ? constants.O_NOFOLLOW : 0)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENXIO') throw notPlain(path);
      throw error;
    },
  );
  const stats = await handle.stat();
  if (stats.isFile()) return handle;
  await handle.close();
  throw notPlain(path, stats);
}

/** All bytes of a plain file, also of one of the kernel's (proc(5)). @throws as `openPlain` */
export async function readPlain(path: string, reading: Reading = {}): Promise<Buffer> {
  const handle = await openPlain(path, reading);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function notPlain(path: string, stats?: Stats): UserError {
  if (stats?.isDirectory()) {
    return new UserError('FILE_UNREADABLE', `${path} is a folder, not a file.`, {
      hint: 'Specify the path of a file inside it.',
    });
  }
  return new UserError(
    'FILE_UNREADABLE',
    `${path} is ${stats === undefined ? 'a socket' : 'a pipe or a device'}, not a file.`,
    {
      hint: 'Specify the path of a regular file. If proto-scaffold chose the path, look who created it (ls -l), and remove it.',
    },
  );
}
