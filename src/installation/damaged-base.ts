import { join } from 'node:path';
import type { Fault } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { baseFolder, lockFile } from '../release/layout.ts';
import { listHistory, readStateLock } from '../transaction/history.ts';
import { identityOf, parseLock } from './lock.ts';

export function damageFaults(damaged: readonly string[]): Fault[] {
  return damaged.map((path) => ({
    file: `${baseFolder}/${path}`,
    message: 'was modified or removed',
  }));
}

/** What brings the merge base of this installation back. */
export async function damageRemedy(folder: string): Promise<string> {
  const last = await lastState(folder);
  const rollback =
    last === undefined
      ? ''
      : `Return to an earlier state: \`proto-scaffold rollback ${last}\`. Or `;
  const rest = `copy the named files from a copy of ${join(folder, baseFolder)}, such as a snapshot or a file backup. They are accepted if their SHA-256 is the one in .proto/lock.json. A backup from \`proto-scaffold backup\` brings them back with \`proto-scaffold restore FILE\`.`;
  return rollback === '' ? rest.charAt(0).toUpperCase() + rest.slice(1) : `${rollback}${rest}`;
}

/** The newest state that `rollback` accepts: one of this installation, not of the one that it was copied from. */
async function lastState(folder: string): Promise<number | undefined> {
  const identity = await identityIn(() => readText(join(folder, lockFile)));
  for (const { n, state } of (await listHistory(folder)).toReversed()) {
    if (state === undefined) continue;
    if ((await identityIn(() => readStateLock(folder, n))) === identity) return n;
  }
  return undefined;
}

/** `undefined` if the text is not a lock file. */
async function identityIn(read: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return identityOf(parseLock((await read()) ?? '', ''));
  } catch {
    return undefined;
  }
}
