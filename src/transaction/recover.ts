import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { hashTree, removeTree, renameDurably } from '../lib/fs/files.ts';
import { lookAt, readPresent } from '../lib/fs/present-file.ts';
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

/** A change that was cut short, and what has become of it now. */
export interface Recovered {
  readonly why: string;
  /** When it was begun (RFC 3339, UTC). */
  readonly startedAt: string;
  readonly outcome: 'completed' | 'taken back';
  /** What somebody saved since, and what was put in its place. */
  readonly concurrentEdits: readonly ConcurrentEdit[];
}

/** Whether a change is under way, or was cut short. */
export async function isUnderWay(installation: string): Promise<boolean> {
  return (await lookAt(installation, journalFile)) !== undefined;
}

/**
 * SHA-256 of the lock.json of a change that was prepared to its end, and lacks nothing but its journal in place.
 * @returns undefined if there is no such change, or none that can be read
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
 * Decides that a change which a dead process has prepared is to be made: `recover` makes it. For one that is more than
 * files, once the rest of it is done.
 * @throws UserError JOURNAL_INVALID if what was prepared is not whole
 */
export async function commitPrepared(installation: string, guard: RunGuard): Promise<void> {
  const journal = await readJournal(installation, stagedJournal.forward);
  if (journal === undefined) throw new Error('no change was prepared');
  await checkStaged({ installation, journal });
  await guard.assertHeld();
  await renameDurably(join(installation, stagedJournal.forward), join(installation, journalFile));
}

/**
 * Makes good what a crash left: a change whose journal was written is completed, one that had not got as far is
 * forgotten.
 * @returns what was made good, if there was anything that concerns the operator
 * @throws UserError JOURNAL_INVALID, with nothing touched, and what `runJournal` throws
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
    outcome: journal.direction === 'forward' ? 'completed' : 'taken back',
    concurrentEdits: await concurrentEditsOf(installation, journal.history),
  };
}

/** A journal is of no use without what it speaks of: a copied installation may lack that. */
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
