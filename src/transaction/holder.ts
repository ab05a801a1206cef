import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Who is at work: enough to tell a living process from a dead one that had the same number. */
export interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks since boot (proc(5), /proc/PID/stat field 22). */
  readonly ticks: string;
  readonly bootId: string;
  readonly host: string;
  readonly command: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

export async function thisHolder(command: string): Promise<Holder> {
  return {
    pid: process.pid,
    ticks: (await readStat(process.pid))?.ticks ?? '',
    bootId: await currentBoot(),
    host: hostname(),
    command,
    startedAt: new Date().toISOString(),
  };
}

/** Reads what `thisHolder` wrote; `undefined` where it is missing or damaged. */
export function parseHolder(text: string | undefined): Holder | undefined {
  try {
    const data = JSON.parse(text ?? '') as Partial<Holder>;
    // 0 and negative numbers are groups of processes to kill(2).
    return Number.isInteger(data.pid) && Number(data.pid) > 0 && typeof data.host === 'string'
      ? (data as Holder)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Does the holder still run? One on another host (a shared folder) is taken for alive: it can not be
 * asked from here, and to take over from a living one would be worse than to make the operator look.
 */
export async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (holder.bootId !== (await currentBoot())) return false;
  const stat = await readStat(holder.pid);
  // /proc may be mounted so that it hides other users' processes (hidepid); a signal finds them.
  if (stat === undefined) return answersSignal(holder.pid);
  // A zombie has ended, only its parent has not looked.
  return stat.ticks === holder.ticks && !/[ZX]/.test(stat.state);
}

/** A holder in words, to stand where its command's name would. */
export function holderWords({ command, pid, host, startedAt }: Holder): string {
  return `\`${command}\` (process ${pid} on ${host}, since ${startedAt})`;
}

async function readStat(pid: number): Promise<{ state: string; ticks: string } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', ticks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function currentBoot(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return '';
  }
}
