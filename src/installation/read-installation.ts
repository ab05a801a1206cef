import { dirname, join } from 'node:path';
import { type Fault, UserError } from '../errors.ts';
import type { AttributeLoss } from '../lib/fs/attributes.ts';
import { makeFolder, readText } from '../lib/fs/files.ts';
import { hashedBytes } from '../lib/fs/hashed-bytes.ts';
import { giveTo, isOwn, ownerOf } from '../lib/fs/ownership.ts';
import { lookAt, readPresent } from '../lib/fs/present-file.ts';
import {
  baseFolder,
  folderMode,
  isForContainers,
  lockFile,
  stateFolder,
} from '../release/layout.ts';
import { listHistory } from '../transaction/history.ts';
import { replaceState } from '../transaction/own-state.ts';
import type { RunGuard } from '../transaction/run-guard.ts';
import { stateOf, twin } from '../transaction/state-paths.ts';
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
  /** The files of `base` that are not the original ones. Only for `check`. */
  readonly damaged?: readonly string[];
  /** The current versions of the files in `base`. Deleted files are absent. */
  readonly current: ReadonlyMap<string, CurrentFile>;
}

/** @throws UserError LOCK_INVALID */
export async function readLock(folder: string): Promise<Lock> {
  const file = join(folder, lockFile);
  return parseLock((await readText(file)) ?? '', file);
}

/** The merge base: the original texts of the files that the lock file names. Other files next to them are ignored. */
export interface MergeBase {
  /** By path. */
  readonly base: ReadonlyMap<string, string>;
  /** Paths whose file on the disk is missing or modified, and whose original text was found elsewhere. */
  readonly rebuilt: readonly string[];
  /** Paths whose original text was not found. `base` contains what is on the disk, if anything. */
  readonly damaged: readonly string[];
}

/**
 * Reads the merge base. The lock file has the hash of each text, so that a text is also taken from a file with other
 * line ends, from an unedited file of the installation, and from an earlier state.
 */
export async function readBase(folder: string, { files }: Lock): Promise<MergeBase> {
  const base = new Map<string, string>();
  const rebuilt: string[] = [];
  const damaged: string[] = [];
  for (const [path, hash] of Object.entries(files)) {
    const onDisk = await bytesAt(folder, `${baseFolder}/${path}`);
    const found = await original(folder, path, hash, onDisk);
    if (found === undefined) damaged.push(path);
    else if (onDisk === undefined || !found.equals(onDisk)) rebuilt.push(path);
    const text = found ?? onDisk;
    if (text !== undefined) base.set(path, text.toString('utf8'));
  }
  return { base, rebuilt, damaged };
}

async function original(
  folder: string,
  path: string,
  hash: string,
  onDisk: Buffer | undefined,
): Promise<Buffer | undefined> {
  const found = onDisk && hashedBytes(onDisk, hash);
  if (found !== undefined) return found;
  const states = (await listHistory(folder)).toReversed().map(({ n }) => stateOf(n));
  const elsewhere = states.flatMap((state) => [
    twin(state, `${baseFolder}/${path}`),
    twin(state, path),
  ]);
  for (const place of [path, ...elsewhere]) {
    const bytes = await bytesAt(folder, place);
    const same = bytes && hashedBytes(bytes, hash);
    if (same !== undefined) return same;
  }
  return undefined;
}

/** A link, a folder and the like are as good as missing. @throws UserError FILE_UNREADABLE */
async function bytesAt(folder: string, path: string): Promise<Buffer | undefined> {
  try {
    return (await readPresent(folder, path))?.bytes;
  } catch (error) {
    if (error instanceof UserError && error.code === 'PATH_IN_THE_WAY') return undefined;
    throw error;
  }
}

/** Puts original texts back into the merge base on the disk. */
export async function writeBase(
  folder: string,
  base: ReadonlyMap<string, string>,
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    const file = `${baseFolder}/${path}`;
    const state = join(folder, stateFolder);
    await makeFolder(folder, dirname(file), folderMode, await ownerOf(state));
    await replaceState(join(folder, file), base.get(path) ?? '', state);
  }
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

/**
 * Gives the files that containers read the group of the installation, if they have group 0, as files that root creates. Other groups are the
 * operator's choice.
 * @param before the group of an earlier state, whose files are ours, too
 */
export async function giveToContainers(folder: string, before = 0): Promise<void> {
  // In another user's folder, a path could lead elsewhere by the time it is used. The files there get the owner of the folder.
  if (!isOwn((await ownerOf(join(folder, stateFolder))).uid)) return;
  const { group, files } = await readLock(folder);
  for (const path of Object.keys(files).filter(isForContainers)) {
    if ((await lookAt(folder, path)) === undefined) continue;
    const at = join(folder, path);
    const { uid, gid } = await ownerOf(at);
    if (gid !== group && (gid === 0 || gid === before)) await giveTo(at, { uid, gid: group });
  }
}

export interface HeldInstallation {
  /** Absolute path. */
  readonly folder: string;
  /** The run guard of a command that makes changes. */
  readonly guard?: RunGuard;
  /** Reports what a file of the operator loses, before it is replaced. */
  readonly tell?: (loss: AttributeLoss) => void;
  /** Discards an interrupted restore that this command replaces. */
  readonly giveUp?: () => Promise<void>;
}

/** Opens the only writer for a held installation. */
export function beginTransaction({ folder, guard, tell }: HeldInstallation): Promise<Transaction> {
  if (guard === undefined) throw new Error('a read-only command must not change anything');
  return openTransaction(folder, guard, folderMode, tell);
}
