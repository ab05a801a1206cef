import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { appear, finishAppear, unsupported } from '../lib/fs/appear.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { sha256, sync } from '../lib/fs/files.ts';
import { type RunOptions, run } from '../lib/process/process.ts';
import { isAlive, type LockOwner, thisOwner } from '../transaction/run-guard.ts';

/**
 * A large file with mode 0600 that is created completely or not at all, and replaces nothing. Without `commit`, it is
 * removed at the end of the scope: `await using`.
 */
export interface OutputFile extends AsyncDisposable {
  /** Other users can read it, because its file system does not keep permissions. */
  readonly isOpenToOthers: boolean;
  /** @throws UserError DISK_FULL and the like */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs the file and gives it its name. @throws UserError BACKUP_EXISTS if the name is in use by now */
  commit(): Promise<void>;
}

/** How an open file gets its name, and what to remove if it does not. */
interface Naming {
  readonly handle: FileHandle;
  /** @returns false if the path is in use */
  readonly give: (path: string) => Promise<boolean>;
  readonly hidden?: string;
}

/** open(2): a file without a name, deleted when the last process closes it. Not in node:fs. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const prefix = '.proto-unfinished-';

/**
 * Opens a file that is not visible before `commit`. If the file system supports it, the file has no name until then, so
 * that even a killed process leaves nothing behind. Otherwise (NFS and some others), it is a hidden file in the same
 * folder, and hidden files of killed processes on this host are removed here.
 * @param path absolute path
 * @param env environment of the program, for PATH
 */
export async function openOutputFile(path: string, env: RunOptions['env']): Promise<OutputFile> {
  const folder = dirname(path);
  try {
    await discardDead(folder);
    const naming = (await openNameless(folder, env)) ?? (await openHidden(folder));
    const isOpenToOthers = ((await restrict(naming.handle)) & 0o077) !== 0;
    return { isOpenToOthers, ...outputFile(path, naming) };
  } catch (error) {
    throw fileSystemError(error, folder);
  }
}

/** @throws UserError BACKUP_EXISTS if anything exists at that path */
export async function requireUnusedPath(path: string): Promise<void> {
  const there = await lstat(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw fileSystemError(error, path);
  });
  if (there !== undefined) throw new UserError('BACKUP_EXISTS', `${path} already exists.`);
}

/** @returns the mode that the file has then: a file system without permissions ignores it or refuses */
async function restrict(handle: FileHandle): Promise<number> {
  await handle.chmod(0o600).catch((error) => {
    if (error.code !== 'EPERM' && !unsupported.includes(error.code)) throw error;
  });
  return (await handle.stat()).mode;
}

function outputFile(
  path: string,
  { handle, give, hidden }: Naming,
): Omit<OutputFile, 'isOpenToOthers'> {
  let over = false;
  const guarded = async (use: () => Promise<void>) => {
    try {
      await use();
    } catch (error) {
      throw fileSystemError(error, path);
    }
  };
  /** The file is complete. It is not removed because it cannot get its name. */
  const kept = async (error: unknown) => {
    over = true;
    await handle.close().catch(() => undefined);
    const other = `${path}.${randomBytes(4).toString('hex')}`;
    const isRenamed = await rename(hidden ?? '', other).then(
      () => true,
      () => false,
    );
    const { code, message, cause } = fileSystemError(error, path);
    return new UserError(code, message, {
      hint: `The file is complete, but could not get its name. It is ${isRenamed ? other : hidden}. Rename it, and check it with \`proto-scaffold backup --verify FILE\`.`,
      cause,
      left: 'done',
    });
  };
  return {
    write: (bytes) => guarded(() => handle.writeFile(bytes)),
    commit: () =>
      guarded(async () => {
        await handle.sync();
        const given = await give(path).catch(async (error) => {
          throw hidden === undefined ? error : await kept(error);
        });
        if (!given) throw new UserError('BACKUP_EXISTS', `${path} already exists.`);
        over = true;
        await handle.close();
        if (hidden !== undefined) await rm(hidden, { force: true });
        await syncName(path);
      }),
    // `discardDead` removes what cannot be removed now.
    async [Symbol.asyncDispose]() {
      if (over) return;
      over = true;
      await handle.close().catch(() => undefined);
      if (hidden !== undefined) await rm(hidden, { force: true }).catch(() => undefined);
    },
  };
}

/** @returns `undefined` if this folder does not support it */
async function openNameless(folder: string, env: RunOptions['env']): Promise<Naming | undefined> {
  const flags = O_TMPFILE | constants.O_RDWR;
  const probe = await open(folder, flags, 0o600).catch((error) => {
    // EISDIR is from kernels without it (open(2), "O_TMPFILE").
    if (error.code === 'EISDIR' || unsupported.includes(error.code)) return undefined;
    throw error;
  });
  if (probe === undefined) return undefined;
  // Test this now instead of when the file is complete.
  const name = await hiddenName(folder);
  try {
    await linkOpen(probe, name, env);
  } catch {
    return undefined;
  } finally {
    await probe.close();
    await rm(name, { force: true });
  }
  const handle = await open(folder, flags, 0o600);
  const give = async (path: string) => {
    try {
      await linkOpen(handle, path, env);
      return true;
    } catch (error) {
      await requireUnusedPath(path);
      throw error;
    }
  };
  return { handle, give };
}

/** Makes a new name lasting where the file system can: a backup may lie on one that cannot. */
async function syncName(path: string): Promise<void> {
  await sync(dirname(path)).catch((error) => {
    const cause = error instanceof UserError ? (error.cause as NodeJS.ErrnoException) : undefined;
    if (!unsupported.includes(cause?.code ?? '')) throw error;
  });
}

/** linkat(2) with AT_SYMLINK_FOLLOW, which ln(1) supports and node:fs does not. It replaces nothing. */
async function linkOpen(handle: FileHandle, path: string, env: RunOptions['env']): Promise<void> {
  const args = ['-L', '-T', '--', `/proc/${process.pid}/fd/${handle.fd}`, path];
  const { exitCode, stderr } = await run({ program: 'ln', args }, { env });
  if (exitCode !== 0) throw new UserError('FILE_SYSTEM_ERROR', `${path}: ${stderr}`);
}

async function openHidden(folder: string): Promise<Naming> {
  const hidden = await hiddenName(folder);
  const handle = await open(hidden, 'wx', 0o600);
  return { handle, hidden, give: (path) => appear(hidden, path) };
}

/** The name contains its owner: host, boot, process and process start time. */
async function hiddenName(folder: string): Promise<string> {
  const owner = await thisOwner('');
  const { bootId, pid, ticks } = owner;
  const parts = [placeOf(owner), short(bootId), pid, ticks, randomBytes(4).toString('hex')];
  return join(folder, `${prefix}${parts.join('-')}`);
}

/** Where the process id counts: the host, and the container. */
function placeOf({ host, pidNamespace }: LockOwner): string {
  return short(`${host} ${pidNamespace}`);
}

function short(text: string): string {
  return sha256(text).slice(0, 8);
}

/** Removes hidden files of killed processes on this host from a folder. Complete ones get their names. */
export async function discardDead(folder: string): Promise<void> {
  const own = await thisOwner('');
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [host, boot, pid, ticks = ''] = name.slice(prefix.length).split('-');
    if (host !== placeOf(own) || !/^\d+$/.test(pid ?? '')) continue;
    const alive =
      boot === short(own.bootId) && (await isAlive({ ...own, pid: Number(pid), ticks }));
    if (alive) continue;
    // One that was complete gets its name. A file of another user in a shared folder cannot be removed, and does no harm.
    const isDone = await finishAppear(join(folder, name)).catch(() => true);
    if (!isDone) await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}
