import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileSystemError } from './file-errors.ts';
import { readText, removeTree, renameDurably, syncTree } from './files.ts';
import { holderWords, isAlive, parseHolder, thisHolder } from './holder.ts';

/**
 * A new tree that comes to be in one rename. It is built in a hidden folder beside the target,
 * `.NAME.init`, which is also the guard against a second `init` for the same target.
 */
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
 * @throws UserError INSTALLATION_HELD where a living process builds for the same target;
 *   FOLDER_READ_ONLY, DISK_FULL where the folder beside the target can not be made
 */
export async function openStaging(target: string, command: string): Promise<Staging> {
  const folder = stagingFolder(target);
  await discardAbandoned(target);
  const own = ownName(target);
  try {
    await mkdir(own, { mode: 0o700 });
    await writeFile(join(own, 'holder.json'), JSON.stringify(await thisHolder(command)), {
      mode: 0o600,
    });
    await mkdir(join(own, 'tree'), { mode: 0o755 });
    // A folder renamed onto one that is not empty is refused: of two that try, one gets it.
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw await held(folder);
    throw parentRefuses(error, target);
  }
  const tree = join(folder, 'tree');
  return {
    tree,
    async commit() {
      await syncTree(tree);
      await renameToTarget(tree, target);
      await removeTree(folder);
    },
    discard: () => removeTree(folder),
  };
}

/** Removes what a killed `init` left beside the target. What a living one builds is left alone. */
export async function discardAbandoned(target: string): Promise<void> {
  const name = basename(stagingFolder(target));
  const parent = dirname(target);
  for (const entry of await readdir(parent).catch(() => [])) {
    if (entry !== name && !isOwnFolder(entry, name)) continue;
    const folder = join(parent, entry);
    if (!(await lstat(folder)).isDirectory()) continue;
    if (await isInUse(folder, entry, name)) continue;
    // By way of a rename, and looked at again: another that cleans up may have made it anew meanwhile.
    const doomed = ownName(target);
    await rename(folder, doomed).catch(() => undefined);
    if (await isInUse(doomed, entry, name)) await rename(doomed, folder);
    else await removeTree(doomed);
  }
}

export function stagingFolder(target: string): string {
  return join(dirname(target), `.${basename(target)}.init`);
}

function ownName(target: string): string {
  return `${stagingFolder(target)}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

async function isInUse(folder: string, entry: string, name: string): Promise<boolean> {
  const holder = parseHolder(await readText(join(folder, 'holder.json')));
  return holder === undefined ? mayStillBeMade(entry, name) : isAlive(holder);
}

function isOwnFolder(entry: string, name: string): boolean {
  return entry.startsWith(`${name}-`) && /^\d+-[0-9a-f]{8}$/.test(entry.slice(name.length + 1));
}

/** Between its making and its holder file, a folder is known by the number in its name alone. */
function mayStillBeMade(entry: string, name: string): boolean {
  const pid = Number(entry.slice(name.length + 1).split('-')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function held(folder: string): Promise<UserError> {
  const holder = parseHolder(await readText(join(folder, 'holder.json')));
  const who = holder === undefined ? 'Another process' : holderWords(holder);
  return new UserError('INSTALLATION_HELD', `${who} is making this installation.`);
}

async function renameToTarget(tree: string, target: string): Promise<void> {
  try {
    await renameDurably(tree, target);
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (cause?.code === 'EBUSY') {
      throw new UserError('FOLDER_NOT_EMPTY', `${target} is where a disk is mounted.`, {
        hint: `Choose a folder on that disk: proto-scaffold init ${join(target, 'proto')}`,
        cause,
      });
    }
    throw error;
  }
}

function parentRefuses(error: unknown, target: string): Error {
  const parent = dirname(target);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new UserError('FOLDER_READ_ONLY', `There is no folder ${parent}.`, {
      hint: 'Make the folder, or name another: `proto-scaffold init DIR`.',
      cause: error,
    });
  }
  return fileSystemError(error, parent);
}
