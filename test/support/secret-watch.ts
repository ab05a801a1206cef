import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { leaksIn } from './canaries.ts';
import { type Desk, finished, type Outcome } from './program.ts';

/** Looks at all that leaves a run of the program, for secrets that are known by sight. */

/** A run, with the argument list and the environment of the program and of all that it started, as execve got them. */
export interface WatchedOutcome extends Outcome {
  readonly executed: string;
}

/** Runs the program under strace. @param stdin what is piped into it */
export async function runWatched(
  desk: Desk,
  args: readonly string[],
  stdin?: string,
): Promise<WatchedOutcome> {
  const log = desk.path('.strace');
  const { through, stdio } = desk;
  const filter = ['-e', 'trace=execve', '-e', 'signal=none'];
  // All strings whole, all variables, all characters in hex: nothing is left to be unescaped in doubt.
  desk.through = ['strace', '-f', '-qq', ...filter, '-v', '-s', '1000000', '-xx', '-o', log];
  desk.stdio = ['pipe', 'pipe', 'pipe'];
  try {
    const child = desk.spawn(...args);
    // The program need not read it.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin ?? '');
    const outcome = await finished(child);
    return { ...outcome, executed: decoded(readFileSync(log, 'latin1')) };
  } finally {
    Object.assign(desk, { through, stdio });
  }
}

function decoded(trace: string): string {
  const strings = trace.match(/"(\\x[0-9a-f]{2})*"/g) ?? [];
  return strings
    .map((text) => Buffer.from(text.replace(/"|\\x/g, ''), 'hex').toString('utf8'))
    .join('\n');
}

/** Every secret that can be found where it must not be, with the place. */
export function leaksOf(
  desk: Desk,
  { stdout, stderr, executed }: WatchedOutcome,
  secrets: readonly string[],
): string[] {
  const seen: [place: string, text: string][] = [
    ['stdout', stdout],
    ['stderr', stderr],
    ['argv or environment', executed],
  ];
  return [
    ...seen.flatMap(([place, text]) => leaksIn(text, secrets).map((s) => `${place}: ${s}`)),
    ...openFiles(desk.folder, secrets),
  ];
}

/** Files with a secret that others than owner and group may read or write. */
export function openFiles(folder: string, secrets: readonly string[]): string[] {
  return filesBelow(folder).flatMap((path) => {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o007) === 0) return [];
    const found = leaksIn(readFileSync(path, 'latin1'), secrets.map(asLatin));
    return found.map((secret) => `${path} (${mode.toString(8)}): ${secret}`);
  });
}

/** What the bytes of a text are in a file that is read as Latin-1, as a binary one can be. */
function asLatin(secret: string): string {
  return Buffer.from(secret).toString('latin1');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes('/.bin/'))
    .map((entry) => join(entry.parentPath, entry.name));
}
