import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { removeTree, renameDurably, syncTree, writeNewFile } from '../lib/fs/files.ts';
import { holderWords, thisHolder } from './holder.ts';
import {
  discardAbandoned,
  guardFolder,
  holderFile,
  holderOf,
  putAside,
  temporaryFolder,
} from './staging-guard.ts';

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
 * @throws UserError INSTALLATION_HELD where a living process builds for the same target;
 *   FOLDER_READ_ONLY, DISK_FULL where the folder beside the target can not be made
 */
export async function openStaging(target: string, command: string): Promise<Staging> {
  const guard = guardFolder(target);
  await discardAbandoned(target);
  const own = temporaryFolder(target);
  try {
    await makeFolder(own, 0o700);
    const holder = JSON.stringify(await thisHolder(command));
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
    const message = `${holderWords(holder)} is making this installation.`;
    return new UserError('INSTALLATION_HELD', message, {
      hint: `Wait until it has ended, then run this command again. If ${holder.host} is gone for good, remove ${guard} first.`,
    });
  }
  const message = `${guard} is in the way: it is another user's, or not of proto-scaffold.`;
  return new UserError('INSTALLATION_HELD', message, {
    hint: 'If nobody else is making this installation, move it away and run this command again.',
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
      `Something was put at ${target} while this command ran.`,
      { cause },
    );
  }
}
