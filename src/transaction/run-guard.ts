import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { sha256 } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { answersSignal, processStat } from '../lib/process/process-table.ts';
import { stateFolder } from '../release/layout.ts';
import { sweep, writeOwned } from './own-state.ts';
import { guardFile } from './state-paths.ts';

/** The right to change an installation: one process has it at a time. */
export interface RunGuard {
  readonly holder: LockOwner;
  /** @throws UserError INSTALLATION_HELD where somebody removed the guard's file, or took it over */
  assertHeld(): Promise<void>;
  /** Never fails: a guard that stays is no obstacle once its process has ended. */
  release(): Promise<void>;
}

/** Whether somebody living is changing the installation. */
export async function isGuardHeld(installation: string): Promise<boolean> {
  const content = await read(join(installation, guardFile));
  return content !== undefined && (await isHeld(content));
}

/**
 * Takes the run guard. That of a process that has ended is taken over, not waited for.
 * @param installation absolute path
 * @param command as the operator knows it, for the message to others
 * @throws UserError INSTALLATION_HELD if a living process has it, or one on another host
 */
export async function acquireGuard(installation: string, command: string): Promise<RunGuard> {
  const path = join(installation, guardFile);
  const holder = await thisOwner(command);
  const content = JSON.stringify({
    formatVersion: 1,
    ...holder,
    // So that no two guards are ever the same, not even of one process.
    id: randomBytes(8).toString('hex'),
  });
  try {
    await claim(path, content);
    // What stays is in nobody's way.
    await sweep(join(installation, stateFolder)).catch(() => undefined);
  } catch (error) {
    throw fileSystemError(error, path);
  }
  return {
    holder,
    async assertHeld() {
      const found = await read(path);
      if (found === content) return;
      if (found !== undefined) throw held(path, found);
      const message = `${path} was removed while this command was running.`;
      throw new UserError('INSTALLATION_HELD', message);
    },
    async release() {
      try {
        if ((await read(path)) === content) await rm(path, { force: true });
      } catch {
        // On a broken disk it stays, and the next command takes it over from a dead process. Why this one
        // failed is what the operator has to hear.
      }
    },
  };
}

/**
 * Puts `content` at `path` if nobody living is there. A dead one's file is replaced in one rename, by
 * whoever holds the right to do so, which is a file named for the very content to be replaced: as
 * no content ever comes back, a right that is granted too late is harmless. The right is claimed like this,
 * too, so that a process that died while it took over is no obstacle either.
 */
async function claim(path: string, content: string): Promise<void> {
  while (!(await place(path, content, link))) {
    const found = await read(path);
    if (found === undefined) continue;
    if (await isHeld(found)) throw held(path, found);
    const right = join(dirname(path), `guard-over-${sha256(found).slice(0, 16)}`);
    await claim(right, content);
    try {
      if ((await read(path)) === found && (await place(path, content, rename))) return;
    } finally {
      await rm(right, { force: true });
    }
  }
}

/** Puts a whole file in its place by link(2), which replaces nothing, or by rename(2). */
async function place(
  path: string,
  content: string,
  put: typeof link | typeof rename,
): Promise<boolean> {
  const folder = dirname(path);
  const made = join(folder, `guard-${process.pid}-${randomBytes(4).toString('hex')}`);
  const owner = await ownerOf(folder);
  try {
    await writeOwned(made, content, owner, false);
    try {
      await put(made, path);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // ENOENT: the new holder of the guard swept `made` away.
      if (code === 'EEXIST' || code === 'ENOENT') return false;
      throw error;
    }
  } finally {
    // Where it stays, it is swept away.
    await rm(made, { force: true }).catch(() => undefined);
  }
}

async function isHeld(content: string): Promise<boolean> {
  const holder = parseHolder(content);
  if (holder !== undefined) return isAlive(holder);
  try {
    JSON.parse(content);
    // Some other version's; it cannot be asked whether it lives.
    return true;
  } catch {
    // Guards are put in place whole: only a power cut leaves half of one.
    return false;
  }
}

function held(path: string, content: string): UserError {
  const holder = parseHolder(content);
  if (holder?.host === hostname()) {
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
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES') {
      throw new UserError('FILE_UNREADABLE', `You do not have permission to read ${path}.`);
    }
    throw error;
  }
}

/** Who is at work: enough to tell a living process from a dead one that had the same number. */
export interface LockOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot (proc(5), /proc/PID/stat field 22). */
  readonly ticks: string;
  readonly bootId: string;
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
 * Does the holder still run? One on another host (a shared folder) is taken for alive: it cannot be
 * asked from here, and to take over from a living one would be worse than to make the operator look.
 */
export async function isAlive(holder: LockOwner): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.bootId !== (await currentBoot())) return false;
  const stat = await processStat(holder.pid);
  // /proc may be mounted so that it hides other users' processes (hidepid); a signal finds them.
  if (stat === undefined) return answersSignal(holder.pid);
  // A zombie has ended, only its parent has not looked.
  return stat.ticks === holder.ticks && !/[ZX]/.test(stat.state);
}

/** A holder in words, to stand where its command's name would. */
export function holderWords({ command, pid, host, startedAt }: LockOwner): string {
  return `\`${command}\` (process ${pid} on ${host}, since ${startedAt})`;
}

async function currentBoot(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return '';
  }
}
