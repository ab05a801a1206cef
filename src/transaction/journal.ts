import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { readOwnText } from '../lib/fs/files.ts';
import { pathBelow } from '../lib/fs/path-below.ts';
import { journalFile, stagingFolder } from './state-paths.ts';

/**
 * The journal of an apply, `.proto/journal.json`: there only while one is under way. It names what is put
 * where, so that any later command can carry it out, wherever it was cut short. No secret stands in it.
 */

/** Of a file's bytes, or of a folder as `hashTree` has it. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Step = z.discriminatedUnion('kind', [
  /** Makes a folder, if it is not there. */
  z.strictObject({ kind: z.literal('make'), path: pathBelow, mode: z.int() }),
  /** Puts a staged file in place of the one that is there; `before` is null where there is none. */
  z.strictObject({
    kind: z.literal('write'),
    path: pathBelow,
    before: sha256.nullable(),
    after: sha256,
  }),
  z.strictObject({ kind: z.literal('remove'), path: pathBelow, before: sha256 }),
  /** Moves a folder into the saved state and puts the staged one in its place; `after` is null where it goes. */
  z.strictObject({ kind: z.literal('folder'), path: pathBelow, after: sha256.nullable() }),
]);
export type Step = z.infer<typeof Step>;

const Journal = z.strictObject({
  formatVersion: z.literal(1),
  /** Forward until all of it is done; back once it turned out that it can not be done. */
  direction: z.enum(['forward', 'back']),
  /** What is being done, as the operator would say it. */
  why: z.string(),
  /** Who began, and when (RFC 3339, UTC). */
  holder: z.looseObject({ pid: z.int(), host: z.string(), startedAt: z.string() }),
  /** The number under which the present state is kept. */
  history: z.int().positive(),
  steps: z.array(Step),
  /** Numbers of states that are too old to be kept after this. */
  expired: z.array(z.int().positive()),
});
export type Journal = z.infer<typeof Journal>;

/** A journal that is being carried out, in its installation (absolute path). */
export interface Apply {
  readonly installation: string;
  readonly journal: Journal;
}

/** Both are staged before the first becomes the journal, so that turning back needs no space on the disk. */
export const stagedJournal: Record<Journal['direction'], string> = {
  forward: `${stagingFolder}/journal.json`,
  back: `${stagingFolder}/journal-back.json`,
};

/**
 * @param path below the installation
 * @returns `undefined` where no apply is under way
 * @throws UserError JOURNAL_INVALID where it is damaged or a newer program's
 */
export async function readJournal(
  installation: string,
  path = journalFile,
): Promise<Journal | undefined> {
  const file = join(installation, path);
  const text = await readOwnText(file);
  if (text === undefined) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new UserError('JOURNAL_INVALID', `${file} is not valid JSON.`, { cause });
  }
  const version = (data as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > 1) {
    const message = `${file} has format ${version}; this program knows format 1.`;
    throw new UserError('JOURNAL_INVALID', message);
  }
  const parsed = Journal.safeParse(data);
  if (!parsed.success) {
    const message = `${file} is no journal of this program.`;
    throw new UserError('JOURNAL_INVALID', message, { cause: parsed.error });
  }
  return parsed.data;
}
