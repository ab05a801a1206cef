import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { makeFolder, syncTree, writeNewFile } from '../lib/fs/files.ts';
import { hashTree } from '../lib/fs/hash-tree.ts';
import { giveTo, giveTreeTo, type Owner } from '../lib/fs/ownership.ts';
import type { PresentFile } from '../lib/fs/present-file.ts';
import { expiredStates, listHistory, nextNumber, type SavedState } from './history.ts';
import type { Holder } from './holder.ts';
import { type Journal, type Step, stagedJournal } from './journal.ts';
import { saveState } from './save-state.ts';
import {
  baseFolder,
  lockFile,
  newFolder,
  stagedState,
  stagingFolder,
  stateFolder,
  twin,
} from './state-paths.ts';
import { checkTargets, type FileStep, type FolderTarget, missingFolders } from './targets.ts';

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
  { pid, host, startedAt }: Holder,
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
