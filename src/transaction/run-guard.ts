import { randomBytes } from 'node:crypto';
import { readlink, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { linkTo } from '../lib/fs/appear.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { sha256 } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { readPlain } from '../lib/fs/read-file.ts';
import { answersSignal, processStat } from '../lib/process/process-table.ts';
import { stateFolder } from '../release/layout.ts';
import { sweep, writeOwned } from './own-state.ts';
import { guardFile } from './state-paths.ts';

/** The exclusive right to change an installation, for one process at a time. */
export interface RunGuard {
  readonly holder: LockOwner;
  /** @throws UserError INSTALLATION_HELD if the guard's file was removed, or another process took it over */
  assertHeld(): Promise<void>;
  /** Never fails: a leftover guard does not block others once its process has ended. */
  release(): Promise<void>;
}

/** Whether a running process is changing the installation. */
export async function isGuardHeld(installation: string): Promise<boolean> {
  const content = await readComplete(join(installation, guardFile));
  return content !== undefined && (await isHeld(content));
}

/**
 * Acquires the run guard. Takes over the guard of a process that has ended, without waiting.
 * @param installation absolute path
 * @param command as the operator knows it, for messages in other processes
 * @throws UserError INSTALLATION_HELD if a running process, or a process on another host, owns it
 */
export async function acquireGuard(installation: string, command: string): Promise<RunGuard> {
  const path = join(installation, guardFile);
  const holder = await thisOwner(command);
  const content = JSON.stringify({
    formatVersion: 1,
    ...holder,
    // So that two guards are never equal, not even in one process.
    id: randomBytes(8).toString('hex'),
  });
  try {
    await claim(path, content);
    // A leftover does not block anyone.
    await sweep(join(installation, stateFolder)).catch(() => undefined);
  } catch (error) {
    throw fileSystemError(error, path);
  }
  return {
    holder,
    async assertHeld() {
      const found = await read(path);
      if (found === content) return;
      if (found !== undefined) throw await held(path, found);
      const message = `${path} was removed while this command was running.`;
      throw new UserError('INSTALLATION_HELD', message);
    },
    async release() {
      try {
        if ((await read(path)) === content) await rm(path, { force: true });
      } catch {
        // On a broken disk it stays, and the next command takes it over from the dead process. The operator
        // must see why this command failed.
      }
    },
  };
}

/**
 * Writes `content` to `path` unless a running process owns it. The file of a dead process is replaced in one rename, by
 * the owner of the takeover right. That right is a file named after the content to be replaced: because
 * content never repeats, a right that is granted too late is harmless; the maker of an empty file checks that it has kept it. The right is acquired in the same way,
 * so that a process that died during a takeover does not block others either.
 */
async function claim(path: string, content: string): Promise<void> {
  while (!(await create(path, content))) {
    const found = await readComplete(path);
    if (found === undefined) continue;
    if (await isHeld(found)) throw await held(path, found);
    const right = join(dirname(path), `guard-over-${sha256(found).slice(0, 16)}`);
    await claim(right, content);
    try {
      if ((await read(path)) === found && (await place(path, content, rename)) !== 'swept') return;
    } finally {
      await rm(right, { force: true });
    }
  }
}

/** Creates the file with its content at once (link(2)). Without hard links, it is empty first. @returns false if it exists */
async function create(path: string, content: string): Promise<boolean> {
  const linked = await place(path, content, linkTo);
  if (linked !== 'unsupported') return linked === 'done';
  try {
    await writeOwned(path, content, await ownerOf(dirname(path)), false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if ((await read(path)) === '') await rm(path, { force: true });
    throw error;
  }
  // If this process was stopped meanwhile, another one may have taken the empty file over.
  return (await read(path)) === content;
}

/** Puts a complete file in place. @returns `swept` if the new owner of the guard removed it before */
async function place<T>(
  path: string,
  content: string,
  put: (made: string, path: string) => Promise<T>,
): Promise<T | 'swept'> {
  const folder = dirname(path);
  const made = join(folder, `guard-${process.pid}-${randomBytes(4).toString('hex')}`);
  const owner = await ownerOf(folder);
  try {
    await writeOwned(made, content, owner, false);
    try {
      return await put(made, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'swept';
      throw error;
    }
  } finally {
    // A leftover is removed later.
    await rm(made, { force: true }).catch(() => undefined);
  }
}

/** How often, and how long in all, an empty file is looked at again: its process may be about to write to it (`create`). */
const pollMs = 20;
const reservedMs = 1000;

async function readComplete(path: string): Promise<string | undefined> {
  for (let waited = 0; ; waited += pollMs) {
    const content = await read(path);
    if (content !== '' || waited >= reservedMs) return content;
    await setTimeout(pollMs);
  }
}

async function isHeld(content: string): Promise<boolean> {
  const holder = parseHolder(content);
  if (holder !== undefined) return isAlive(holder);
  try {
    JSON.parse(content);
    // From another version, so its process cannot be checked.
    return true;
  } catch {
    // A power failure leaves half of one, and a process that was killed between creating and writing it an empty one.
    return false;
  }
}

async function held(path: string, content: string): Promise<UserError> {
  const holder = parseHolder(content);
  if (holder !== undefined && (await isHere(holder))) {
    return new UserError(
      'INSTALLATION_HELD',
      `${holderWords(holder)} is already running on this installation.`,
    );
  }
  const who = holder === undefined ? 'Another version of proto-scaffold' : holderWords(holder);
  return new UserError('INSTALLATION_HELD', `${who} is already running on this installation.`, {
    hint: `Its status cannot be checked from here. Wait until it has finished. If you know that it is no longer running, remove ${path} and run this command again.`,
  });
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readPlain(path, { noLink: true })).toString();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES') {
      throw new UserError('FILE_UNREADABLE', `You do not have permission to read ${path}.`);
    }
    if (code === 'ELOOP') throw new UserError('PATH_IN_THE_WAY', `${path} is a symbolic link.`);
    throw error;
  }
}

/** The owning process: enough to distinguish it from a later process with the same id. */
export interface LockOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot (proc(5), /proc/PID/stat field 22). */
  readonly ticks: string;
  readonly bootId: string;
  /** The namespace in which `pid` counts (namespaces(7)): containers can share host name and boot. */
  readonly pidNamespace?: string;
  readonly host: string;
  readonly command: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

export async function thisOwner(command: string): Promise<LockOwner> {
  return {
    pid: process.pid,
    ticks: (await processStat(process.pid))?.ticks ?? '',
    bootId: await currentBoot(),
    pidNamespace: await pidNamespace(),
    host: hostname(),
    command,
    startedAt: new Date().toISOString(),
  };
}

/** Reads what `thisOwner` wrote; `undefined` if it is missing or damaged. */
export function parseHolder(text: string | undefined): LockOwner | undefined {
  try {
    const data = JSON.parse(text ?? '') as Partial<LockOwner>;
    // 0 and negative numbers are groups of processes to kill(2).
    return Number.isInteger(data.pid) && Number(data.pid) > 0 && typeof data.host === 'string'
      ? (data as LockOwner)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the owner is still running. An owner on another host (a shared folder) or in another container counts as
 * running: it cannot be checked from here, and taking over from a running process would be worse than asking the operator.
 */
export async function isAlive(holder: LockOwner): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.bootId !== (await currentBoot())) return false;
  if (!(await isHere(holder))) return true;
  const stat = await processStat(holder.pid);
  // /proc may hide other users' processes (hidepid). A signal finds them.
  if (stat === undefined) return answersSignal(holder.pid);
  // A zombie has ended, but its parent has not collected it yet.
  return stat.ticks === holder.ticks && !/[ZX]/.test(stat.state);
}

/** The owner as text, in place of its command's name. */
export function holderWords({ command, pid, host, startedAt }: LockOwner): string {
  return `\`${command}\` (process ${pid} on ${host}, since ${startedAt})`;
}

/** Whether its process can be seen from here: on this host, and in this container. */
async function isHere({ host, pidNamespace: theirs }: LockOwner): Promise<boolean> {
  return host === hostname() && (theirs === undefined || theirs === (await pidNamespace()));
}

async function pidNamespace(): Promise<string> {
  return readlink('/proc/self/ns/pid').catch(() => '');
}

async function currentBoot(): Promise<string> {
  try {
    return (await readPlain('/proc/sys/kernel/random/boot_id')).toString().trim();
  } catch {
    return '';
  }
}
