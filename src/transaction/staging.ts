import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import {
  listFolder,
  readText,
  removeTree,
  renameDurably,
  syncTree,
  writeNewFile,
} from '../lib/fs/files.ts';
import { isOwn } from '../lib/fs/ownership.ts';
import { answersSignal } from '../lib/process/process-table.ts';
import { holderWords, isAlive, type LockOwner, parseHolder, thisOwner } from './run-guard.ts';

/** A new tree that comes to be in one rename. It is built in a hidden folder beside the target. */
export interface Staging {
  /** Build here. */
  readonly tree: string;
  /** Syncs the tree and renames it to the target. */
  commit(): Promise<void>;
  /** Removes what was built. After `commit` there is nothing left to remove. */
  discard(): Promise<void>;
}

/**
 * @param target absolute path of a folder that does not exist or is empty
 * @throws UserError INSTALLATION_HELD if a living process builds for the same target;
 *   FOLDER_READ_ONLY, DISK_FULL if the folder beside the target cannot be made
 */
export async function openStaging(target: string, command: string): Promise<Staging> {
  const guard = guardFolder(target);
  await discardAbandoned(target);
  const own = temporaryFolder(target);
  try {
    await makeFolder(own, 0o700);
    const holder = JSON.stringify(await thisOwner(command));
    await writeNewFile(own, { path: holderFile, content: holder, mode: 0o600 });
    await makeFolder(join(own, 'tree'), 0o755);
    // A folder renamed onto one that is not empty is refused: of two that try, one gets it.
    await rename(own, guard);
  } catch (error) {
    await rm(own, { recursive: true, force: true }).catch(() => undefined);
    throw isTaken(error) ? await held(guard) : fileSystemError(error, dirname(target));
  }
  const tree = join(guard, 'tree');
  const discard = async () => {
    const doomed = await putAside(guard, target);
    if (doomed !== undefined) await removeTree(doomed);
  };
  return {
    tree,
    async commit() {
      await syncTree(tree);
      await renameToTarget(tree, target);
      await discard();
    },
    discard,
  };
}

/** With its mode, whatever the umask. */
async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode });
  await chmod(path, mode);
}

function isTaken(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code);
}

async function held(guard: string): Promise<UserError> {
  const holder = await holderOf(guard);
  if (typeof holder === 'object') {
    const message = `${holderWords(holder)} is creating this installation.`;
    return new UserError('INSTALLATION_HELD', message, {
      hint: `Wait until it has finished, then run this command again. If ${holder.host} no longer exists, remove ${guard} first.`,
    });
  }
  const message = `${guard} is in the way: it belongs to another user, or was not created by proto-scaffold.`;
  return new UserError('INSTALLATION_HELD', message, {
    hint: 'If no other user is creating this installation, move it away and run this command again.',
  });
}

async function renameToTarget(tree: string, target: string): Promise<void> {
  try {
    await renameDurably(tree, target);
  } catch (error) {
    const { cause } = error as Error;
    if (!isTaken(cause)) throw error;
    throw new UserError(
      'FOLDER_NOT_EMPTY',
      `${target} was created by something else while this command was running.`,
      { cause },
    );
  }
}

/**
 * The folders that `init` builds in, beside its target. `.NAME.init` is the guard against a second `init`
 * for the same target; it comes to be, and goes, by a rename, so that it is never seen without its
 * holder file. `.NAME.init-PID-RANDOM` is one that is just being made or removed.
 */
export const holderFile = 'holder.json';

export function guardFolder(target: string): string {
  return join(dirname(target), `.${basename(target)}.init`);
}

/** A new name. */
export function temporaryFolder(target: string): string {
  return `${guardFolder(target)}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** Renames a folder out of the way of others. @returns its new path, or `undefined` if it is gone */
export async function putAside(folder: string, target: string): Promise<string | undefined> {
  const aside = temporaryFolder(target);
  try {
    await rename(folder, aside);
    return aside;
  } catch {
    return undefined;
  }
}

/** Removes what a killed `init` left beside the target; not what a living one builds, nor what is foreign. */
export async function discardAbandoned(target: string): Promise<void> {
  const parent = dirname(target);
  const name = basename(guardFolder(target));
  for (const entry of await readdir(parent).catch(() => [])) {
    if (entry !== name && !isTemporary(entry, name)) continue;
    if (!(await isOwnFolder(join(parent, entry)))) continue;
    if (!(await isAbandoned(join(parent, entry), entry, name))) continue;
    const doomed = await putAside(join(parent, entry), target);
    if (doomed === undefined) continue;
    // Looked at again: another that cleans up may have made it anew meanwhile.
    if (await isAbandoned(doomed, entry, name)) await removeTree(doomed);
    else await rename(doomed, join(parent, entry));
  }
}

/** Who builds there; `unknown` where this user may not look, `undefined` if nothing says it. */
export async function holderOf(folder: string): Promise<LockOwner | 'unknown' | undefined> {
  try {
    return parseHolder(await readText(join(folder, holderFile)));
  } catch (error) {
    if (error instanceof UserError) return 'unknown';
    throw error;
  }
}

/** What another user put there is not removed on the word of a file that he wrote, least of all by root. */
async function isOwnFolder(folder: string): Promise<boolean> {
  const entry = await lstat(folder).catch(() => undefined);
  return entry?.isDirectory() === true && isOwn(entry.uid);
}

async function isAbandoned(folder: string, entry: string, name: string): Promise<boolean> {
  const holder = await holderOf(folder);
  if (holder === 'unknown') return false;
  if (holder !== undefined) return !(await isAlive(holder));
  if (entry !== name) return !isMakerAlive(entry, name);
  // Without its holder file the guard is none of ours, unless there is nothing in it to lose.
  return (await listFolder(folder).catch(() => undefined))?.length === 0;
}

function isTemporary(entry: string, name: string): boolean {
  return entry.startsWith(`${name}-`) && /^\d+-[0-9a-f]{8}$/.test(entry.slice(name.length + 1));
}

/** Does the process still run that has its number in the name? It is known by that alone at first. */
function isMakerAlive(entry: string, name: string): boolean {
  const pid = Number(entry.slice(name.length + 1).split('-')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  return answersSignal(pid);
}
