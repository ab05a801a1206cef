import { readPlain } from '../fs/read-file.ts';

/** What the kernel reports about a process: proc(5), /proc/PID/stat. */
export interface ProcessStat {
  /** Field 3: `Z` and `X` for a process that has ended. */
  readonly state: string;
  /** Field 22: its start time, in hundredths of a second since boot (USER_HZ). */
  readonly ticks: string;
}

/** @returns `undefined` if the process does not exist, or is hidden from this user */
export async function processStat(pid: number): Promise<ProcessStat | undefined> {
  try {
    const stat = (await readPlain(`/proc/${pid}/stat`)).toString();
    // The second field is the program's name in parentheses, which may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', ticks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether a process with this id exists, including another user's. */
export function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
