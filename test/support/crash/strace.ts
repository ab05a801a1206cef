import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';

/** A program under strace(1), which counts its system calls, kills it at one, or has one fail. */

/** One system call of a run: the `when`th of its name. */
export interface Point {
  readonly syscall: string;
  readonly when: number;
  /** As strace prints it. */
  readonly line: string;
}

export interface Ended {
  readonly stdout: string;
  readonly killed: boolean;
}

const driverSource = fileURLToPath(new URL('driver.ts', import.meta.url));

/** Bundles the driver into a folder, so that it starts quickly. @returns its path */
export function buildDriver(folder: string): string {
  const outfile = join(folder, 'driver.mjs');
  buildSync({
    entryPoints: [driverSource],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Packages in CommonJS require modules of Node.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

/** Runs to the end, and gives every call of these names that did something, in order. */
export function points(
  driver: readonly string[],
  log: string,
  syscalls: readonly string[],
  faults: readonly string[] = [],
): Point[] {
  const options = [`-etrace=${syscalls.join()}`, ...faults.map((fault) => `-einject=${fault}`)];
  spawnSync('strace', [...common(log), '-y', ...options, ...command(driver)], {
    env: environment(),
  });
  return callsIn(log);
}

/** The calls in a log of strace that did something. */
export function callsIn(log: string): Point[] {
  const counts = new Map<string, number>();
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const syscall = /^\d+ +(\w+)\(/.exec(line)?.[1];
      if (syscall === undefined) return [];
      const when = (counts.get(syscall) ?? 0) + 1;
      counts.set(syscall, when);
      return / = -1 E(EXIST|NOTEMPTY|NOENT) /.test(line) ? [] : [{ syscall, when, line }];
    });
}

/** Runs with faults, as strace's `--inject` has them: `rename:signal=SIGKILL:when=3`. */
export async function inject(
  driver: readonly string[],
  log: string,
  faults: readonly string[],
  path?: string,
): Promise<Ended> {
  const names = faults.map((fault) => fault.split(':')[0]).join();
  const options = [`-etrace=${names}`, ...faults.map((fault) => `-einject=${fault}`)];
  const only = path === undefined ? [] : ['-P', path];
  const args = [...common(log), ...only, ...options, ...command(driver)];
  try {
    const { stdout } = await promisify(execFile)('strace', args, { env: environment() });
    return { stdout, killed: false };
  } catch (error) {
    const { stdout, signal, code } = error as { stdout: string; signal: string; code: unknown };
    if (signal !== 'SIGKILL' && typeof code !== 'number') throw error;
    return { stdout, killed: signal === 'SIGKILL' };
  }
}

/** The fault that kills the program at a point, before the call is made. */
export function kill({ syscall, when }: Point): string {
  return `${syscall}:signal=SIGKILL:when=${when}`;
}

function common(log: string): string[] {
  return ['-f', '-qq', '-o', log];
}

function command(driver: readonly string[]): string[] {
  return [process.execPath, ...driver];
}

/** strace counts for each thread: with one thread for files, every run counts alike. */
function environment() {
  return { PATH: process.env.PATH, UV_THREADPOOL_SIZE: '1' };
}
