import { access, chmod, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type Fault, UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { hashTree, makeFolder, readOwnText, syncTree, writeNewFile } from '../lib/fs/files.ts';
import { giveTo, giveTreeTo, type Owner } from '../lib/fs/ownership.ts';
import { pathBelow } from '../lib/fs/path-below.ts';
import { lookAt, notAFolder, type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import { baseFolder, lockFile, stateFolder } from '../release/layout.ts';
import { expiredStates, listHistory, nextNumber, type SavedState } from './history.ts';
import type { LockOwner } from './run-guard.ts';
import { saveState } from './save-state.ts';
import { journalFile, newFolder, stagedState, stagingFolder, twin } from './state-paths.ts';

/**
 * The journal of an apply, `.proto/journal.json`: there only while one is under way. It names what is put
 * where, so that any later command can carry it out, wherever it was cut short. No secret stands in it.
 */

/** Of a file's bytes, or of a folder as `hashTree` has it. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Step = z.discriminatedUnion('kind', [
  /** Makes a folder, if it is not there. */
  z.strictObject({ kind: z.literal('make'), path: pathBelow, mode: z.int() }),
  /** Puts a staged file in place of the one that is there; `before` is null if there is none. */
  z.strictObject({
    kind: z.literal('write'),
    path: pathBelow,
    before: sha256.nullable(),
    after: sha256,
  }),
  z.strictObject({ kind: z.literal('remove'), path: pathBelow, before: sha256 }),
  /** Moves a folder into the saved state and puts the staged one in its place; `after` is null if it goes. */
  z.strictObject({ kind: z.literal('folder'), path: pathBelow, after: sha256.nullable() }),
]);
export type Step = z.infer<typeof Step>;

const Journal = z.strictObject({
  formatVersion: z.literal(1),
  /** Forward until all of it is done; back once it turned out that it cannot be done. */
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
 * @returns `undefined` if no apply is under way
 * @throws UserError JOURNAL_INVALID if it is damaged or a newer program's
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
    const message = `${file} has format ${version}, but this version of proto-scaffold supports format 1.`;
    throw new UserError('JOURNAL_INVALID', message);
  }
  const parsed = Journal.safeParse(data);
  if (!parsed.success) {
    const message = `${file} is not a proto-scaffold journal.`;
    throw new UserError('JOURNAL_INVALID', message, { cause: parsed.error });
  }
  return parsed.data;
}

/** Where something is staged, and whose it will be. */
export interface StagingPlace {
  /** Absolute path. */
  readonly installation: string;
  /** Of folders to be made, by path below the installation. */
  readonly folderMode: (path: string) => number;
  readonly owner: Owner;
}

/** All that was staged of a change. */
export interface StagedChange extends StagingPlace {
  readonly files: readonly FileStep[];
  readonly folders: readonly FolderTarget[];
}

/** What a change is remembered by. */
export interface ChangeRecord {
  /** As the operator would say it: `update to 2026.12.0`. */
  readonly why: string;
  readonly kind: SavedState['kind'];
  /** The release that is installed before the change. */
  readonly release: SavedState['release'];
}

/**
 * Completes the staging folder, so that from now on renames will do: the present state is copied there, what
 * replaces files looks like them, both journals are written, and all of it is synced.
 * @throws UserError as `checkTargets` and `saveState`; DISK_FULL
 */
export async function prepareJournal(
  staged: StagedChange,
  { why, kind, release }: ChangeRecord,
  { pid, host, startedAt }: LockOwner,
): Promise<Journal> {
  const { installation, owner, files, folders } = staged;
  const present = await checkTargets(installation, files, folders);
  const history = await nextNumber(installation);
  await makeFolder(installation, stagedState, () => 0o700, owner);
  await saveState(
    installation,
    {
      ...{ n: history, savedAt: new Date().toISOString(), release, why, kind },
      touched: files.map(({ path }) => path).filter((path) => path !== lockFile),
      baseMoves: folders.some(({ path }) => path === baseFolder),
    },
    owner,
  );
  await settleOwnersAndModes(staged, present);
  const journal: Journal = {
    formatVersion: 1,
    direction: 'forward',
    why,
    holder: { pid, host, startedAt },
    history,
    steps: await stepsOf(staged),
    expired: expiredStates(await listHistory(installation), kind),
  };
  await writeJournals(staged, journal);
  await syncTree(join(installation, stagingFolder));
  return journal;
}

/** What replaces a file of the operator's looks like it, but for the content. */
async function settleOwnersAndModes(
  { installation, owner, files, folders }: StagedChange,
  present: ReadonlyMap<string, PresentFile>,
): Promise<void> {
  const stagedAt = (path: string) => join(installation, twin(newFolder, path));
  for (const { path, goes } of folders) if (!goes) await giveTreeTo(stagedAt(path), owner);
  for (const { kind, path } of files) {
    const replaced = present.get(path);
    if (kind === 'remove' || replaced === undefined) continue;
    const at = stagedAt(path);
    await chmod(at, replaced.mode).catch((error) => {
      throw fileSystemError(error, at);
    });
    await giveTo(at, replaced.owner);
  }
}

/** Folders to be made, then the operator's files and bundles, then the program's state, lock.json last. */
async function stepsOf({
  installation,
  folderMode,
  files,
  folders,
}: StagedChange): Promise<Step[]> {
  const folderSteps = folders.map(async ({ path, goes }): Promise<Step> => {
    const after = goes ? null : await hashTree(join(installation, twin(newFolder, path)));
    return { kind: 'folder', path, after };
  });
  const all: Step[] = [...(await Promise.all(folderSteps)), ...files];
  const isState = ({ path }: Step) => path.startsWith(`${stateFolder}/`);
  const put = [
    ...files.filter(({ kind }) => kind === 'write'),
    ...folders.filter(({ goes }) => !goes),
  ];
  const missing = await missingFolders(
    installation,
    put.map(({ path }) => path),
  );
  return [
    ...missing.map((path): Step => ({ kind: 'make', path, mode: folderMode(path) })),
    ...all.filter((step) => !isState(step)),
    ...all.filter(isState),
  ];
}

async function writeJournals(
  { installation, owner }: StagingPlace,
  journal: Journal,
): Promise<void> {
  for (const direction of ['forward', 'back'] as const) {
    const path = stagedJournal[direction];
    const content = `${JSON.stringify({ ...journal, direction }, null, 2)}\n`;
    await writeNewFile(installation, { path, content, mode: 0o600 });
    await giveTo(join(installation, path), owner);
  }
}

export type FileStep = Extract<Step, { kind: 'write' | 'remove' }>;
/** A folder to be replaced; it goes, where nothing is staged for it. */
export interface FolderTarget {
  readonly path: string;
  readonly goes: boolean;
}

/**
 * Looks whether all that is to be replaced is what it was when the change was computed, and can be replaced by
 * a rename.
 * @returns the files to be replaced as they are now; those that are not there are absent
 * @throws UserError FILE_CHANGED_MEANWHILE, PATH_IN_THE_WAY, FOLDER_READ_ONLY, FILE_UNREADABLE
 */
export async function checkTargets(
  installation: string,
  files: readonly FileStep[],
  folders: readonly FolderTarget[],
): Promise<Map<string, PresentFile>> {
  const found = new Map<string, PresentFile>();
  const faults: Fault[] = [];
  for (const { path, before } of files) {
    const present = await readPresent(installation, path);
    if (present !== undefined) found.set(path, present);
    const message = difference(before, present);
    if (message !== undefined) faults.push({ file: path, message });
  }
  if (faults.length > 0) {
    throw new UserError('FILE_CHANGED_MEANWHILE', 'Files changed while the command was running.', {
      faults,
    });
  }
  for (const { path } of folders) {
    const present = await lookAt(installation, path);
    if (present?.isDirectory() === false) throw notAFolder(join(installation, path));
  }
  for (const { path } of [...files, ...folders]) await checkPlace(installation, path);
  return found;
}

function difference(before: string | null, present: PresentFile | undefined): string | undefined {
  if (present === undefined) return before === null ? undefined : 'was removed';
  if (before === null) return 'was created';
  return present.sha256 === before ? undefined : 'was modified';
}

/** A rename needs the right to write where it goes, and one file system. */
async function checkPlace(installation: string, path: string): Promise<void> {
  const parent = await nearestFolder(installation, dirname(path));
  const at = join(installation, parent);
  try {
    await access(at, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileSystemError(error, at);
  }
  const [state, above, present] = await Promise.all(
    [stateFolder, parent, path].map((place) => lookAt(installation, place)),
  );
  for (const place of [above, present]) {
    if (place === undefined || place.dev === state?.dev) continue;
    throw new UserError('PATH_IN_THE_WAY', `${at} is not on the same disk as .proto.`, {
      hint: 'Changes are applied by renaming files, which does not work across disks. Mount that disk for the whole installation, or not at all.',
    });
  }
}

async function nearestFolder(installation: string, path: string): Promise<string> {
  const present = await lookAt(installation, path);
  if (present === undefined) return nearestFolder(installation, dirname(path));
  if (!present.isDirectory()) throw notAFolder(join(installation, path));
  return path;
}

/** The folders that are to be made before files can be put at these paths, the outer ones first. */
export async function missingFolders(
  installation: string,
  paths: readonly string[],
): Promise<string[]> {
  const missing = new Set<string>();
  for (const path of paths) {
    const parts = dirname(path).split('/');
    for (let length = 1; length <= parts.length; length++) {
      const folder = parts.slice(0, length).join('/');
      if ((await lookAt(installation, folder)) === undefined) missing.add(folder);
    }
  }
  return [...missing];
}
