import { join } from 'node:path';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { readOwnText } from '../lib/fs/files.ts';
import { readPresent } from '../lib/fs/present-file.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { quoted } from '../lib/terminal/words.ts';
import { lockFile } from '../release/layout.ts';
import { replaceState } from '../transaction/own-state.ts';
import { preparedLock } from '../transaction/recover.ts';

/** `.proto/restore.json` exists while new data replaces the old data. During that time, the state of the data is uncertain. */
const markerFile = '.proto/restore.json';

const Marker = z.object({
  formatVersion: z.literal(1),
  /** The backup (absolute path), and the path of the previous state, if there was data. */
  file: z.string(),
  aside: z.string().optional(),
  /** RFC 3339, UTC. */
  startedAt: z.string(),
  /** The information to complete the restore. Absent in markers from earlier versions of proto-scaffold. */
  rest: z
    .object({
      /** SHA-256 of the new lock.json. When that file is in place, files and data match. */
      lock: z.string(),
      /** SQL of the roles, if there is a dump, because the backup may be gone. Contains password hashes. */
      roles: z.string().optional(),
      /** The loaded volumes, by their names in the release. */
      volumes: z.array(z.string()),
      /** When proto-scaffold last ran the database (RFC 3339, UTC). A later start means that someone used it. */
      databaseAt: z.string(),
      /** When the command that completes the restore started the database (RFC 3339, UTC). */
      ownStartAt: z.string().optional(),
      /** Data and files are in place, but the replaced ones could not be removed yet. */
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

/** @returns `undefined` if there is no marker; `damaged` if it is unreadable or from a newer version of proto-scaffold */
export async function readMarker(folder: string): Promise<RestoreMarker | 'damaged' | undefined> {
  const text = await readOwnText(join(folder, markerFile));
  if (text === undefined) return undefined;
  try {
    return Marker.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}

/** Whether the files of the restore are in place. The data is replaced first, so it is in place too. */
export async function isInPlace(folder: string, { rest }: RestoreMarker): Promise<boolean> {
  if (rest === undefined) return false;
  return rest.inPlace === true || (await readPresent(folder, lockFile))?.sha256 === rest.lock;
}

/** Warns about an interrupted restore until it is completed or repeated. */
export async function warnOfInterruptedRestore(
  { reporter }: Pick<Context, 'reporter'>,
  folder: string,
): Promise<void> {
  const marker = await readMarker(folder);
  if (marker === undefined) return;
  if (marker !== 'damaged' && (await isInPlace(folder, marker))) {
    reporter.notice(
      `The restore of ${marker.file} is complete, but the replaced data has not been removed yet. The next command that makes changes removes it.`,
    );
    return;
  }
  const lock = marker === 'damaged' ? undefined : marker.rest?.lock;
  const isWhole = lock !== undefined && (await preparedLock(folder)) === lock;
  const words = isWhole ? completedNext : madeAgain(marker, join(folder, markerFile));
  reporter.notice(`A restore was interrupted, so data and files may not match. ${words}`);
}

const completedNext =
  'The next command that makes changes, such as `proto-scaffold stop`, completes it, unless the platform was started since then.';

function madeAgain(marker: RestoreMarker | 'damaged', path: string): string {
  const keep = ` To keep the current data and files instead, run rm ${quoted(path)}`;
  if (marker === 'damaged') return `Run \`proto-scaffold restore\` again.${keep}`;
  const { file, aside, startedAt } = marker;
  const before = aside === undefined ? '' : ` The previous state is in ${aside}.`;
  return `Run \`proto-scaffold restore ${quoted(file)}\` again (started at ${startedAt}).${before}${keep}`;
}
