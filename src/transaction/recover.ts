import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { renameDurably } from '../lib/fs/files.ts';
import { lookAt, readPresent } from '../lib/fs/present-file.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { hashTree } from '../lib/fs/trees.ts';
import { lockFile } from '../release/layout.ts';
import { type ConcurrentEdit, concurrentEditsOf } from './concurrent-edit.ts';
import { type Apply, readJournal, stagedJournal } from './journal.ts';
import type { RunGuard } from './run-guard.ts';
import { runJournal } from './run-journal.ts';
import {
  journalFile,
  newFolder,
  stagedState,
  stagingFolder,
  stateOf,
  twin,
} from './state-paths.ts';

/** An interrupted change, and its outcome. */
export interface Recovered {
  readonly why: string;
  /** When it was started (RFC 3339, UTC). */
  readonly startedAt: string;
  readonly outcome: 'completed' | 'undone';
  /** Files that were saved since then and were replaced. */
  readonly concurrentEdits: readonly ConcurrentEdit[];
}

/** Whether a change is running or was interrupted. */
export async function isUnderWay(installation: string): Promise<boolean> {
  return (await lookAt(installation, journalFile)) !== undefined;
}

/**
 * SHA-256 of the lock.json of a fully prepared change that only lacks its journal in place.
 * @returns undefined if there is no such change, or it cannot be read
 */
export async function preparedLock(installation: string): Promise<string | undefined> {
  if (await isUnderWay(installation)) return undefined;
  const journal = await readJournal(installation, stagedJournal.forward).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const step = journal?.steps.find(({ path }) => path === lockFile);
  return step?.kind === 'write' ? step.after : undefined;
}

/**
 * Commits to a change that a dead process has prepared: `recover` then applies it. For a change that involves more than
 * files, after the rest is done.
 * @throws UserError JOURNAL_INVALID if the prepared change is incomplete
 */
export async function commitPrepared(installation: string, guard: RunGuard): Promise<void> {
  const journal = await readJournal(installation, stagedJournal.forward);
  if (journal === undefined) throw new Error('no change was prepared');
  await checkStaged({ installation, journal });
  await guard.assertHeld();
  await renameDurably(join(installation, stagedJournal.forward), join(installation, journalFile));
}

/**
 * Recovers from a crash: completes a change whose journal was written, and discards a change that had not got that far.
 * @returns the recovered change, if it concerns the operator
 * @throws UserError JOURNAL_INVALID, with nothing changed, and what `runJournal` throws
 */
export async function recover(
  installation: string,
  guard: RunGuard,
): Promise<Recovered | undefined> {
  const journal = await readJournal(installation);
  if (journal === undefined) {
    await removeTree(join(installation, stagingFolder));
    return undefined;
  }
  const apply = { installation, journal };
  await checkStaged(apply);
  await guard.assertHeld();
  await runJournal(apply);
  return {
    why: journal.why,
    startedAt: journal.holder.startedAt,
    outcome: journal.direction === 'forward' ? 'completed' : 'undone',
    concurrentEdits: await concurrentEditsOf(installation, journal.history),
  };
}

/** A journal is useless without the files it refers to. A copied installation may lack them. */
async function checkStaged({ installation, journal }: Apply): Promise<void> {
  const isThere = async (path: string) => (await lookAt(installation, path)) !== undefined;
  const lost = (path: string) =>
    new UserError(
      'JOURNAL_INVALID',
      `${join(installation, journalFile)} refers to ${path}, which is missing or has changed.`,
    );
  if (!(await isThere(stagingFolder))) throw lost(stagingFolder);
  if (journal.direction === 'back') return;
  const state = stateOf(journal.history);
  if (!(await isThere(stagedState)) && !(await isThere(state))) throw lost(state);
  for (const step of journal.steps) {
    if (step.kind !== 'write' && step.kind !== 'folder') continue;
    const staged = twin(newFolder, step.path);
    if (!(await isThere(staged))) continue;
    const found =
      step.kind === 'folder'
        ? await hashTree(join(installation, staged))
        : (await readPresent(installation, staged))?.sha256;
    if (found !== step.after) throw lost(staged);
  }
}
