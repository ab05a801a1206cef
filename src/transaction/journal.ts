import { access, chmod, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type Fault, UserError } from '../errors.ts';
import { type AttributeLoss, copyAttributes } from '../lib/fs/attributes.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { makeFolder, readOwnText, writeNewFile } from '../lib/fs/files.ts';
import { giveTo, giveTreeTo, type Owner } from '../lib/fs/ownership.ts';
import { pathBelow } from '../lib/fs/path-below.ts';
import { mountAt } from '../lib/fs/place.ts';
import { lookAt, notAFolder, type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import { hashTree, syncTree } from '../lib/fs/trees.ts';
import { fsPath } from '../lib/text/file-name.ts';
import { baseFolder, lockFile, stateFolder } from '../release/layout.ts';
import { expiredStates, listHistory, nextNumber, type SavedState } from './history.ts';
import type { LockOwner } from './run-guard.ts';
import { saveState } from './save-state.ts';
import { journalFile, newFolder, stagedState, stagingFolder, twin } from './state-paths.ts';

/**
 * The journal of an apply, `.proto/journal.json`: it exists only while an apply is running. It lists every step, so
 * that any later command can finish the apply, wherever it was interrupted. It contains no secrets.
 */

/** Of a file's bytes, or of a folder as computed by `hashTree`. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Step = z.discriminatedUnion('kind', [
  /** Creates a folder if it does not exist. */
  z.strictObject({ kind: z.literal('make'), path: pathBelow, mode: z.int() }),
  /** Replaces a file with the staged one; `before` is null if the file does not exist yet. */
  z.strictObject({
    kind: z.literal('write'),
    path: pathBelow,
    before: sha256.nullable(),
    after: sha256,
  }),
  z.strictObject({ kind: z.literal('remove'), path: pathBelow, before: sha256 }),
  /** Moves a folder into the saved state and replaces it with the staged one; `after` is null if it is removed. */
  z.strictObject({ kind: z.literal('folder'), path: pathBelow, after: sha256.nullable() }),
]);
export type Step = z.infer<typeof Step>;

const Journal = z.strictObject({
  formatVersion: z.literal(1),
  /** Forward until everything is done; back after a step has failed. */
  direction: z.enum(['forward', 'back']),
  /** What is being done, for people. */
  why: z.string(),
  /** Who started it, and when (RFC 3339, UTC). */
  holder: z.looseObject({ pid: z.int(), host: z.string(), startedAt: z.string() }),
  /** The number of the saved current state. */
  history: z.int().positive(),
  steps: z.array(Step),
  /** Numbers of states that expire with this change. */
  expired: z.array(z.int().positive()),
});
export type Journal = z.infer<typeof Journal>;

/** A journal that is being applied, in its installation (absolute path). */
export interface Apply {
  readonly installation: string;
  readonly journal: Journal;
}

/** Both are staged before the first becomes the journal, so that a rollback needs no disk space. */
export const stagedJournal: Record<Journal['direction'], string> = {
  forward: `${stagingFolder}/journal.json`,
  back: `${stagingFolder}/journal-back.json`,
};

/**
 * @param path below the installation
 * @returns `undefined` if no apply is running
 * @throws UserError JOURNAL_INVALID if it is damaged or from a newer program
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

/** Where content is staged, and its future owner. */
export interface StagingPlace {
  /** Absolute path. */
  readonly installation: string;
  /** Modes of new folders, by path below the installation. */
  readonly folderMode: (path: string) => number;
  readonly owner: Owner;
  /** Reports what a file of the operator loses, before it is replaced. */
  readonly tell?: ((loss: AttributeLoss) => void) | undefined;
}

/** Everything that was staged for a change. */
export interface StagedChange extends StagingPlace {
  readonly files: readonly FileStep[];
  readonly folders: readonly FolderTarget[];
}

/** The description of a change in history. */
export interface ChangeRecord {
  /** For people: `update to 2026.12.0`. */
  readonly why: string;
  readonly kind: SavedState['kind'];
  /** The release that is installed before the change. */
  readonly release: SavedState['release'];
}

/**
 * Completes the staging folder, so that only renames remain: it copies the current state, gives the new
 * files the mode and owner of the old ones, writes both journals, and syncs everything.
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
  for (const loss of await settleAttributes(staged, present)) staged.tell?.(loss);
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

/** A file that replaces an operator's file gets its owner, mode, ACL and extended attributes. */
async function settleAttributes(
  { installation, owner, files, folders }: StagedChange,
  present: ReadonlyMap<string, PresentFile>,
): Promise<AttributeLoss[]> {
  const stagedAt = (path: string) => join(installation, twin(newFolder, path));
  for (const { path, goes } of folders) if (!goes) await giveTreeTo(stagedAt(path), owner);
  for (const { kind, path } of files) {
    const replaced = present.get(path);
    if (kind === 'remove' || replaced === undefined) continue;
    const at = stagedAt(path);
    await chmod(fsPath(at), replaced.mode).catch((error) => {
      throw fileSystemError(error, at);
    });
    await giveTo(at, replaced.owner);
  }
  const replacing = files.filter(({ kind, path }) => kind === 'write' && present.has(path));
  return copyAttributes(
    installation,
    join(installation, newFolder, 'files'),
    replacing.map(({ path }) => path).filter((path) => !path.startsWith(`${stateFolder}/`)),
  );
}

/** New folders, then the operator's files and bundles, then the program's state, lock.json last. */
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
/** A folder to replace; it is removed if nothing is staged for it. */
export interface FolderTarget {
  readonly path: string;
  readonly goes: boolean;
}

/**
 * Checks that everything to be replaced is unchanged since the change was computed, and can be replaced by
 * a rename.
 * @returns the current files that will be replaced; missing files are absent
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

/** A rename needs write permission at the target, and the same file system. */
async function checkPlace(installation: string, path: string): Promise<void> {
  const parent = await nearestFolder(installation, dirname(path));
  const at = join(installation, parent);
  try {
    await access(fsPath(at), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileSystemError(error, at);
  }
  const [state, above, present] = await Promise.all(
    [stateFolder, parent, path].map((place) => lookAt(installation, place)),
  );
  const stateMount = await mountAt(join(installation, stateFolder));
  for (const [name, place] of [
    [parent, above],
    [path, present],
  ] as const) {
    if (place === undefined || place.isSymbolicLink()) continue;
    const isSame = (await mountAt(join(installation, name))) === stateMount;
    if (isSame && place.dev === state?.dev) continue;
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

/** The folders to create before files can be placed at these paths, outer folders first. */
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
