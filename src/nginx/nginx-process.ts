import { readFile } from 'node:fs/promises';

/** The nginx that runs on this host. */
export interface RunningNginx {
  /** Of the master process. */
  readonly pid: number;
  /** Its workers, by process number: a configuration that is taken up gets new ones. */
  readonly workers: readonly number[];
  /** When the newest of them began, in milliseconds since 1970, to some hundredths of a second. */
  readonly since: number;
}

/** The nginx whose process number a file has; `undefined` where none runs. */
export async function runningNginx(pidFile: string): Promise<RunningNginx | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number(/^\d+$/.exec(text.trim())?.[0] ?? 0);
  if (pid === 0 || !/^nginx/.test(await procFile(pid, 'comm'))) return undefined;
  const children = (await procFile(pid, `task/${pid}/children`)).split(' ').filter(Boolean);
  const workers = children.map(Number);
  // Without workers (master_process off) it is what it is since its own beginning.
  const starts = await Promise.all([pid, ...workers].map(startOf));
  return { pid, workers, since: Math.max(...starts) };
}

/** proc(5): field 22 of /proc/PID/stat is in hundredths of a second since boot (USER_HZ). */
async function startOf(pid: number): Promise<number> {
  const stat = await procFile(pid, 'stat');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 0);
  const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0] ?? 0);
  return Date.now() - uptime * 1000 + ticks * 10;
}

async function procFile(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}
