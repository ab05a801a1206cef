import { join } from 'node:path';
import { type Fault, UserError } from '../errors.ts';
import { listTree, readText, sha256 } from '../lib/fs/files.ts';
import { readPresent } from '../lib/fs/present-file.ts';
import { baseFolder, folderMode, lockFile } from '../release/layout.ts';
import type { RunGuard } from '../transaction/run-guard.ts';
import { openTransaction, type Transaction } from '../transaction/transaction.ts';
import { type Lock, parseLock } from './lock.ts';

/** The current version of a file. */
export interface CurrentFile {
  readonly text: string;
  /** SHA-256 of its bytes in hex, which the transaction expects to replace. */
  readonly sha256: string;
  readonly mode: number;
}

export interface Installation extends HeldInstallation {
  readonly lock: Lock;
  /** The original texts of the last render, by path. */
  readonly base: ReadonlyMap<string, string>;
  /** The current versions of the files in `base`. Deleted files are absent. */
  readonly current: ReadonlyMap<string, CurrentFile>;
}

/** @throws UserError LOCK_INVALID */
export async function readLock(folder: string): Promise<Lock> {
  const file = join(folder, lockFile);
  return parseLock((await readText(file)) ?? '', file);
}

/** The merge base on the disk. */
export async function readBase(folder: string): Promise<Map<string, string>> {
  const root = join(folder, baseFolder);
  const texts = (await listTree(root)).map(
    async (path) => [path, (await readText(join(root, path))) ?? ''] as const,
  );
  return new Map(await Promise.all(texts));
}

/** The paths in the merge base that do not match the hashes in the lock file. */
export function damagedBase(lock: Lock, base: ReadonlyMap<string, string>): string[] {
  return [...new Set([...Object.keys(lock.files), ...base.keys()])].filter((path) => {
    const text = base.get(path);
    return text === undefined || sha256(text) !== lock.files[path];
  });
}

/**
 * Reads the current files of the installation. Missing files are absent.
 * @throws UserError FILE_UNREADABLE with every file that is not UTF-8; PATH_IN_THE_WAY
 */
export async function readCurrent(
  folder: string,
  paths: readonly string[],
): Promise<Map<string, CurrentFile>> {
  const current = new Map<string, CurrentFile>();
  const faults: Fault[] = [];
  for (const path of paths) {
    const present = await readPresent(folder, path);
    if (present === undefined) continue;
    const text = decode(present.bytes);
    if (text === undefined) faults.push({ file: path, message: 'is not UTF-8 text' });
    else current.set(path, { text, sha256: present.sha256, mode: present.mode });
  }
  if (faults.length > 0) {
    throw new UserError('FILE_UNREADABLE', 'Some files are not valid text files.', {
      hint: 'Save them as UTF-8 and run the command again.',
      faults,
    });
  }
  return current;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export interface HeldInstallation {
  /** Absolute path. */
  readonly folder: string;
  /** The run guard of a command that makes changes. */
  readonly guard?: RunGuard;
  /** Discards an interrupted restore that this command replaces. */
  readonly giveUp?: () => Promise<void>;
}

/** Opens the only writer for a held installation. */
export function beginTransaction({ folder, guard }: HeldInstallation): Promise<Transaction> {
  if (guard === undefined) throw new Error('a read-only command must not change anything');
  return openTransaction(folder, guard, folderMode);
}
