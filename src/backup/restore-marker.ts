import { join } from 'node:path';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { readOwnText, removeTree } from '../lib/fs/files.ts';
import { readPresent } from '../lib/fs/present-file.ts';
import { quoted } from '../registry/load-credentials.ts';
import { lockFile } from '../release/layout.ts';
import { replaceState } from '../transaction/own-state.ts';
import { preparedLock } from '../transaction/recover.ts';

/** `.proto/restore.json` is there while new data takes the place of the old: what data lies there is not sure then. */
const markerFile = '.proto/restore.json';

const Marker = z.object({
  formatVersion: z.literal(1),
  /** The backup (absolute path), and where the state before it is kept, if there was data. */
  file: z.string(),
  aside: z.string().optional(),
  /** RFC 3339, UTC. */
  startedAt: z.string(),
  /** What another command needs to complete it; one of an earlier version of the program has none. */
  rest: z
    .object({
      /** SHA-256 of the new lock.json: files and data belong together once it is there. */
      lock: z.string(),
      /** SQL of the roles, where there is a dump; the backup may have gone. It holds hashes of passwords. */
      roles: z.string().optional(),
      /** The volumes that are loaded, by their names in the release. */
      volumes: z.array(z.string()),
      /** When we last had the database up (RFC 3339, UTC): whoever started it later has used it. */
      databaseAt: z.string(),
      /** When the command that was to complete it started the database (RFC 3339, UTC). */
      ownStartAt: z.string().optional(),
      /** Data and files are in place; only what they replaced could not be removed yet. */
      inPlace: z.boolean().optional(),
    })
    .optional(),
});
export type RestoreMarker = z.infer<typeof Marker>;

export async function setMarker(
  folder: string,
  about: Omit<RestoreMarker, 'formatVersion'>,
): Promise<void> {
  const marker: RestoreMarker = { ...about, formatVersion: 1 };
  await replaceState(join(folder, markerFile), `${JSON.stringify(marker, null, 2)}\n`);
}

export async function removeMarker(folder: string): Promise<void> {
  await removeTree(join(folder, markerFile));
}

/** @returns `undefined` where there is none; `damaged` where it can not be read, or is of a newer program */
export async function readMarker(folder: string): Promise<RestoreMarker | 'damaged' | undefined> {
  const text = await readOwnText(join(folder, markerFile));
  if (text === undefined) return undefined;
  try {
    return Marker.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}

/** The files of the restore are in place, and with them, as it came first, the data. */
export async function isInPlace(folder: string, { rest }: RestoreMarker): Promise<boolean> {
  if (rest === undefined) return false;
  return rest.inPlace === true || (await readPresent(folder, lockFile))?.sha256 === rest.lock;
}

/** Tells of a restore that was cut short, for as long as it was not made again or completed. */
export async function tellOfUnfinishedRestore(
  { reporter }: Pick<Context, 'reporter'>,
  folder: string,
): Promise<void> {
  const marker = await readMarker(folder);
  if (marker === undefined) return;
  if (marker !== 'damaged' && (await isInPlace(folder, marker))) {
    reporter.notice(
      `The restore of ${marker.file} is done, but what it replaced still lies there: the next command that changes something removes it.`,
    );
    return;
  }
  const lock = marker === 'damaged' ? undefined : marker.rest?.lock;
  const isWhole = lock !== undefined && (await preparedLock(folder)) === lock;
  const words = isWhole ? completedNext : madeAgain(marker, join(folder, markerFile));
  reporter.notice(`A restore was cut short, so data and files may not belong together: ${words}`);
}

const completedNext =
  'unless the platform was started since, the next command that changes something completes it, such as `proto-scaffold stop`.';

function madeAgain(marker: RestoreMarker | 'damaged', path: string): string {
  const keep = ` To keep what is there instead: rm ${quoted(path)}`;
  if (marker === 'damaged') return `run \`proto-scaffold restore\` again.${keep}`;
  const { file, aside, startedAt } = marker;
  const before = aside === undefined ? '' : ` What was there before is in ${aside}.`;
  return `run \`proto-scaffold restore ${quoted(file)}\` again (begun at ${startedAt}).${before}${keep}`;
}
