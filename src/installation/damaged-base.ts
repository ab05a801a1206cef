import { join } from 'node:path';
import type { Fault } from '../errors.ts';
import { baseFolder } from '../release/layout.ts';
import { listHistory } from '../transaction/history.ts';

export function damageFaults(damaged: readonly string[]): Fault[] {
  return damaged.map((path) => ({
    file: `${baseFolder}/${path}`,
    message: 'was modified or removed',
  }));
}

/** What brings the merge base of this installation back. */
export async function damageRemedy(folder: string): Promise<string> {
  const states = (await listHistory(folder)).filter(({ state }) => state !== undefined);
  const last = states.at(-1);
  const rollback =
    last === undefined
      ? ''
      : `Return to an earlier state: \`proto-scaffold rollback ${last.n}\`. Or `;
  const rest = `copy the named files from a copy of ${join(folder, baseFolder)}, such as a snapshot or a file backup. They are accepted if their SHA-256 is the one in .proto/lock.json. A backup from \`proto-scaffold backup\` brings them back with \`proto-scaffold restore FILE\`.`;
  return rollback === '' ? rest.charAt(0).toUpperCase() + rest.slice(1) : `${rollback}${rest}`;
}
