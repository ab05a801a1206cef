import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { sha256, sync } from '../lib/fs/files.ts';
import { type RunOptions, run } from '../lib/process/process.ts';
import { isAlive, thisOwner } from '../transaction/run-guard.ts';

/** A large file, 0600, that comes to be whole or not at all, and replaces nothing. */
export interface OutputFile {
  /** @throws UserError DISK_FULL and the like */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs it and gives it its name. @throws UserError BACKUP_EXISTS where something has that name by now */
  commit(): Promise<void>;
  /** Leaves nothing. After `commit` there is nothing to be done. */
  discard(): Promise<void>;
}

/** How an open file gets its name, and what is to be removed if it never does. */
interface Naming {
  readonly handle: FileHandle;
  readonly give: (path: string) => Promise<void>;
  readonly hidden?: string;
}

/** open(2): a file without a name, gone with the last process that has it open. Not in node:fs. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const prefix = '.proto-unfinished-';

/**
 * Opens a file that nobody sees before `commit`. Where the file system can, it has no name until then, so that
 * not even a killed process leaves anything; elsewhere (NFS, some others) it is a hidden file beside its place, and
 * what a killed process of this host left of such is removed here.
 * @param path absolute
 * @param env of the program, for PATH
 */
export async function openOutputFile(path: string, env: RunOptions['env']): Promise<OutputFile> {
  const folder = dirname(path);
  try {
    await discardDead(folder);
    const naming = (await openNameless(folder, env)) ?? (await openHidden(folder));
    return outputFile(path, naming);
  } catch (error) {
    throw fileSystemError(error, folder);
  }
}

/** @throws UserError BACKUP_EXISTS where there is something of that name, whatever it is */
export async function mustBeFree(path: string): Promise<void> {
  const there = await lstat(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw fileSystemError(error, path);
  });
  if (there !== undefined) throw new UserError('BACKUP_EXISTS', `${path} exists already.`);
}

function outputFile(path: string, { handle, give, hidden }: Naming): OutputFile {
  let over = false;
  const guarded = async (use: () => Promise<void>) => {
    try {
      await use();
    } catch (error) {
      throw fileSystemError(error, path);
    }
  };
  return {
    write: (bytes) => guarded(() => handle.writeFile(bytes)),
    commit: () =>
      guarded(async () => {
        await handle.chmod(0o600);
        await handle.sync();
        await give(path).catch(async (error) => {
          await mustBeFree(path);
          throw error;
        });
        over = true;
        await handle.close();
        if (hidden !== undefined) await rm(hidden, { force: true });
        await sync(dirname(path));
      }),
    async discard() {
      if (over) return;
      over = true;
      await handle.close();
      if (hidden !== undefined) await rm(hidden, { force: true });
    },
  };
}

/** @returns `undefined` where it can not be done in this folder */
async function openNameless(folder: string, env: RunOptions['env']): Promise<Naming | undefined> {
  const flags = O_TMPFILE | constants.O_RDWR;
  const probe = await open(folder, flags, 0o600).catch((error) => {
    // What a file system or kernel that lacks it answers (open(2), "O_TMPFILE").
    if (['EOPNOTSUPP', 'EISDIR', 'EINVAL'].includes(error.code)) return undefined;
    throw error;
  });
  if (probe === undefined) return undefined;
  // Found out now, and not when the file is finished.
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
  return { handle, give: (path) => linkOpen(handle, path, env) };
}

/** linkat(2) with AT_SYMLINK_FOLLOW, which node:fs does not have and ln(1) does. It replaces nothing. */
async function linkOpen(handle: FileHandle, path: string, env: RunOptions['env']): Promise<void> {
  const args = ['-L', '-T', '--', `/proc/${process.pid}/fd/${handle.fd}`, path];
  const { exitCode, stderr } = await run({ program: 'ln', args }, { env });
  if (exitCode !== 0) throw new UserError('FILE_SYSTEM_ERROR', `${path}: ${stderr}`);
}

async function openHidden(folder: string): Promise<Naming> {
  const hidden = await hiddenName(folder);
  const handle = await open(hidden, 'wx', 0o600);
  return { handle, hidden, give: (path) => link(hidden, path) };
}

/** Says who has it: host, boot, process and its start. */
async function hiddenName(folder: string): Promise<string> {
  const { bootId, pid, ticks } = await thisOwner('');
  const parts = [short(hostname()), short(bootId), pid, ticks, randomBytes(4).toString('hex')];
  return join(folder, `${prefix}${parts.join('-')}`);
}

function short(text: string): string {
  return sha256(text).slice(0, 8);
}

/** Removes what killed processes of this host left of such files in a folder. */
export async function discardDead(folder: string): Promise<void> {
  const own = await thisOwner('');
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [host, boot, pid, ticks = ''] = name.slice(prefix.length).split('-');
    if (host !== short(own.host) || !/^\d+$/.test(pid ?? '')) continue;
    const alive =
      boot === short(own.bootId) && (await isAlive({ ...own, pid: Number(pid), ticks }));
    // Another user's, in a folder for all, stays: it is in nobody's way.
    if (!alive) await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}
