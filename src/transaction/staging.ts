import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import {
  isMissing,
  listFolder,
  readText,
  renameDurably,
  sha256,
  sync,
  writeNewFile,
} from '../lib/fs/files.ts';
import { isOwn } from '../lib/fs/ownership.ts';
import { insideName, isNothing, stagesInside } from '../lib/fs/place.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { hashEntry, syncTree } from '../lib/fs/trees.ts';
import { answersSignal } from '../lib/process/process-table.ts';
import { stateFolder } from '../release/layout.ts';
import { holderWords, isAlive, type LockOwner, parseHolder, thisOwner } from './run-guard.ts';

/**
 * A new tree that is created by one rename. It is built in a hidden folder next to the target, which is removed at the
 * end of the scope: `await using`. Where nothing can be renamed to the target, it is built in the target, an empty folder:
 * then each of its parts is renamed, and last the state folder, without which it is nothing.
 */
export interface Staging extends AsyncDisposable {
  /** Build here. */
  readonly tree: string;
  /** Syncs the tree and renames it to the target. */
  commit(): Promise<void>;
}

/**
 * @param target absolute path of a folder that does not exist or is empty
 * @throws UserError INSTALLATION_HELD if a running process builds for the same target;
 *   FOLDER_READ_ONLY, DISK_FULL if the folder next to the target cannot be created
 */
export async function openStaging(target: string, command: string): Promise<Staging> {
  const inside = await stagesInside(target);
  const guard = inside ? guardInside(target) : guardFolder(target);
  await discardAbandoned(target);
  const own = temporaryFolder(guard);
  try {
    await makeFolder(own, 0o700);
    const holder = JSON.stringify(await thisOwner(command));
    await writeNewFile(own, { path: holderFile, content: holder, mode: 0o600 });
    await makeFolder(join(own, 'tree'), 0o755);
    // Renaming onto a folder that is not empty fails, so only one of two processes succeeds.
    await rename(own, guard);
  } catch (error) {
    await removeTree(own).catch(() => undefined);
    throw isTaken(error) ? await held(guard) : fileSystemError(error, dirname(guard));
  }
  const tree = join(guard, 'tree');
  return {
    tree,
    async commit() {
      await syncTree(tree);
      await (inside ? moveInto(guard, target) : renameToTarget(tree, target));
    },
    // The next `init` for the target undoes and removes what cannot be now: the guard says what to undo.
    async [Symbol.asyncDispose]() {
      try {
        await undoMoves(guard);
        const doomed = await putAside(guard);
        if (doomed !== undefined) await removeTree(doomed);
      } catch {}
    },
  };
}

/** With its mode, independent of the umask. */
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

/** What is moved from the tree to the target, in this order, with its hash. Without the list, nothing has been. */
const movingFile = 'moving.json';

const Moving = z.array(z.object({ name: z.string().regex(/^[^/]+$/), sha256: z.string() }));

async function moveInto(guard: string, target: string): Promise<void> {
  const tree = join(guard, 'tree');
  const names = ((await listFolder(tree)) ?? []).filter((name) => name !== stateFolder);
  const all = [...names, stateFolder];
  const others = (await listFolder(target))?.filter((name) => !isNothing(name)) ?? [];
  if (others.length > 0) {
    const message = `${join(target, others[0] ?? '')} was created by another program while this command was running.`;
    throw new UserError('FOLDER_NOT_EMPTY', message);
  }
  const moving: z.infer<typeof Moving> = [];
  for (const name of all) moving.push({ name, sha256: await hashEntry(join(tree, name)) });
  await writeNewFile(guard, { path: movingFile, content: JSON.stringify(moving), mode: 0o600 });
  await sync(guard);
  for (const name of all) await renameDurably(join(tree, name), join(target, name));
}

/**
 * Moves what an unfinished `moveInto` has moved back to its tree, unless something has changed since: then it is no longer
 * ours, and stays.
 */
async function undoMoves(guard: string): Promise<void> {
  const target = dirname(guard);
  const text = await readText(join(guard, movingFile));
  if (text === undefined || !(await isMissing(join(target, stateFolder)))) return;
  const moved = [];
  for (const { name, sha256 } of parseMoving(text)) {
    const [staged, put] = [join(guard, 'tree', name), join(target, name)];
    if (!(await isMissing(staged)) || (await isMissing(put))) continue;
    if ((await hashEntry(put)) !== sha256) return;
    moved.push({ staged, put });
  }
  for (const { staged, put } of moved) await renameDurably(put, staged);
}

function parseMoving(text: string): z.infer<typeof Moving> {
  try {
    return Moving.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/**
 * The folders in which `init` builds, next to its target. `.NAME.init` is the guard against a second `init`
 * for the same target. It is created and removed by a rename, so that it never exists without its
 * holder file. `.NAME.init-PID-RANDOM` is a guard that is being created or removed.
 */
const holderFile = 'holder.json';

function guardFolder(target: string): string {
  return join(dirname(target), `.${short(basename(target))}.init`);
}

/** `.init-PID-RANDOM` and the dots must fit into the 255 bytes of a name, too. */
const longestName = 255 - '..init-4194304-01234567'.length;

function short(name: string): string {
  return Buffer.byteLength(name) <= longestName ? name : sha256(name).slice(0, 32);
}

/** The same in a target that cannot be replaced. */
function guardInside(target: string): string {
  return join(target, insideName);
}

/** A new name. */
function temporaryFolder(guard: string): string {
  return `${guard}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** @returns the path of a folder to try the file system with; `discardAbandoned` removes it after a kill */
export async function stagingProbe(target: string): Promise<string> {
  return temporaryFolder((await stagesInside(target)) ? guardInside(target) : guardFolder(target));
}

/** Renames a folder out of the way. @returns its new path, or `undefined` if it no longer exists */
async function putAside(folder: string, guard = folder): Promise<string | undefined> {
  const aside = temporaryFolder(guard);
  try {
    await rename(folder, aside);
    return aside;
  } catch {
    return undefined;
  }
}

/** Removes leftovers of a killed `init` next to the target, but not those of a running `init` or of others. */
export async function discardAbandoned(target: string): Promise<void> {
  await discardGuards(guardFolder(target));
  await discardGuards(guardInside(target));
}

async function discardGuards(guard: string): Promise<void> {
  const parent = dirname(guard);
  const name = basename(guard);
  for (const entry of await readdir(parent).catch(() => [])) {
    if (entry !== name && !isTemporary(entry, name)) continue;
    if (!(await isOwnFolder(join(parent, entry)))) continue;
    if (!(await isAbandoned(join(parent, entry), entry, name))) continue;
    if (basename(guard) === insideName) await undoMoves(join(parent, entry));
    const doomed = await putAside(join(parent, entry), guard);
    if (doomed === undefined) continue;
    // Checked again: another process that cleans up may have created it again.
    if (await isAbandoned(doomed, entry, name)) await removeTree(doomed);
    else await rename(doomed, join(parent, entry));
  }
}

/** Who builds there; `unknown` if this user cannot look, `undefined` if there is no holder file. */
async function holderOf(folder: string): Promise<LockOwner | 'unknown' | undefined> {
  try {
    return parseHolder(await readText(join(folder, holderFile)));
  } catch (error) {
    if (error instanceof UserError) return 'unknown';
    throw error;
  }
}

/** Another user's files are not removed because of a file that this user wrote, least of all by root. */
async function isOwnFolder(folder: string): Promise<boolean> {
  const entry = await lstat(folder).catch(() => undefined);
  return entry?.isDirectory() === true && isOwn(entry.uid);
}

async function isAbandoned(folder: string, entry: string, name: string): Promise<boolean> {
  const holder = await holderOf(folder);
  if (holder === 'unknown') return false;
  if (holder !== undefined) return !(await isAlive(holder));
  if (entry !== name) return !isMakerAlive(entry, name);
  // Without its holder file, the guard is not ours, unless it is empty.
  return (await listFolder(folder).catch(() => undefined))?.length === 0;
}

function isTemporary(entry: string, name: string): boolean {
  return entry.startsWith(`${name}-`) && /^\d+-[0-9a-f]{8}$/.test(entry.slice(name.length + 1));
}

/** Whether the process whose id is in the name is still running. At first, only the name identifies it. */
function isMakerAlive(entry: string, name: string): boolean {
  const pid = Number(entry.slice(name.length + 1).split('-')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  return answersSignal(pid);
}
