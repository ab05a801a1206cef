import { rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { makeFolder, renameDurably, sync } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { lookAt, type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { hashTree } from '../lib/fs/trees.ts';
import { stateFolder } from '../release/layout.ts';
import {
  keepConcurrent,
  keepConcurrentAlone,
  keepConcurrentFolder,
  moveBelow,
  moveConcurrent,
} from './concurrent-edit.ts';
import { type Apply, type Journal, readJournal, type Step, stagedJournal } from './journal.ts';
import {
  historyFolder,
  journalFile,
  newFolder,
  oldFolder,
  stagedState,
  stagingFolder,
  stateOf,
  twin,
} from './state-paths.ts';

/**
 * Applies a journal. If a step fails (an immutable file, a disk error), all steps are rolled back. After a
 * kill at any point, the same journal can be applied again.
 * @throws UserError of the failed step; everything is unchanged then, unless the message says otherwise
 */
export async function runJournal(apply: Apply): Promise<void> {
  if (apply.journal.direction === 'back') return rollBack(apply);
  try {
    await applySteps(apply);
  } catch (refused) {
    await startRollback(apply).catch(async (error) => {
      const journal = await readJournal(apply.installation).catch(() => undefined);
      throw rollbackFailed(refused, error, apply.journal.why, journal?.direction);
    });
    throw rolledBack(refused);
  }
  await finish(apply).catch((error) => {
    throw doneWithLeftover(error, apply.journal);
  });
}

async function applySteps(apply: Apply): Promise<void> {
  const { installation, journal } = apply;
  if ((await lookAt(installation, stagedState)) !== undefined) {
    await moveBelow(installation, stagedState, stateOf(journal.history));
  }
  for (const step of journal.steps) await doStep(apply, step);
}

async function startRollback(apply: Apply): Promise<void> {
  const { installation, journal } = apply;
  const path = join(installation, journalFile);
  await renameDurably(join(installation, stagedJournal.back), path);
  await rollBack({ installation, journal: { ...journal, direction: 'back' } });
}

async function rollBack(apply: Apply): Promise<void> {
  const { installation, journal } = apply;
  for (const step of journal.steps.toReversed()) await undoStep(apply, step);
  await keepConcurrentAlone(apply);
  if ((await lookAt(installation, stateOf(journal.history))) !== undefined) {
    await moveBelow(installation, stateOf(journal.history), `${stagingFolder}/undone`);
  }
  // Before the first change, this folder did not exist.
  await rmdir(join(installation, historyFolder)).catch(() => undefined);
  await closeJournal(installation);
}

async function finish({ installation, journal }: Apply): Promise<void> {
  for (const number of journal.expired) {
    // What cannot be removed now is removed with a later change. That does not make this change a failure.
    await rename(
      join(installation, stateOf(number)),
      join(installation, stagingFolder, `expired-${number}`),
    ).catch(() => undefined);
  }
  await closeJournal(installation);
}

async function closeJournal(installation: string): Promise<void> {
  const path = join(installation, journalFile);
  await rm(path, { force: true }).catch((error) => {
    throw fileSystemError(error, path);
  });
  await sync(join(installation, stateFolder));
  // The change is done. The next command removes what is left.
  await removeTree(join(installation, stagingFolder)).catch(() => undefined);
}

function rolledBack(refused: unknown): unknown {
  if (!(refused instanceof UserError)) return refused;
  return new UserError(refused.code, `${refused.message} All changes were rolled back.`, {
    hint: hintFor(refused),
    cause: refused,
  });
}

/** @param direction of the next command, from the current journal, if it can be read */
function rollbackFailed(
  refused: unknown,
  error: unknown,
  why: string,
  direction: Journal['direction'] | undefined,
): unknown {
  if (!(refused instanceof UserError) || !(error instanceof UserError)) return error;
  return new UserError(
    error.code,
    `${refused.message} The rollback failed, too: ${error.message} \`${why}\` is incomplete.`,
    {
      hint: `${hintFor(error)} Then run any proto-scaffold command here. It first ${nextAction(direction)}.`,
      cause: error,
      left: 'half done',
    },
  );
}

function nextAction(direction: Journal['direction'] | undefined): string {
  if (direction === undefined) return 'completes the change or rolls it back, and reports which';
  return direction === 'forward' ? 'completes the change' : 'rolls the change back';
}

/** Everything is in place, but the journal still exists. */
function doneWithLeftover(error: unknown, { why }: Journal): unknown {
  if (!(error instanceof UserError)) return error;
  const message = `\`${why}\` succeeded, but its journal could not be removed: ${error.message}`;
  return new UserError(error.code, message, {
    hint: `${hintFor(error)} The installation is complete. The next proto-scaffold command removes the journal.`,
    cause: error,
    left: 'done',
  });
}

function hintFor({ hint, cause }: UserError): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'EPERM'
    ? 'The file or its folder may be immutable. Check with `lsattr`, and clear the attribute with `sudo chattr -i`.'
    : hint;
}

/**
 * One step of a journal, forward and back. Each is idempotent, wherever it was interrupted:
 * what has left the staging folder is in place, and what has left the saved state is restored.
 */

type Kind<K extends Step['kind']> = Extract<Step, { kind: K }>;

export async function doStep(apply: Apply, step: Step): Promise<void> {
  switch (step.kind) {
    case 'make':
      return makeOne(apply, step);
    case 'write':
      return putFile(apply, step);
    case 'remove':
      return removeFile(apply, step);
    case 'folder':
      return swapFolder(apply, step);
  }
}

export async function undoStep(apply: Apply, step: Step): Promise<void> {
  switch (step.kind) {
    case 'make':
      return unmakeOne(apply, step);
    case 'write':
      return undoWrite(apply, step);
    case 'remove':
      return undoRemove(apply, step);
    case 'folder':
      return undoSwap(apply, step);
  }
}

async function makeOne({ installation }: Apply, { path, mode }: Kind<'make'>): Promise<void> {
  await lookAt(installation, path);
  const owner = await ownerOf(join(installation, stateFolder));
  await makeFolder(installation, path, () => mode, owner);
  await sync(join(installation, dirname(path)));
}

async function unmakeOne({ installation }: Apply, { path }: Kind<'make'>): Promise<void> {
  // A folder that is not empty now contains files of the operator.
  await rmdir(join(installation, path)).catch(() => undefined);
}

async function putFile(apply: Apply, step: Kind<'write'>): Promise<void> {
  const { installation } = apply;
  const staged = twin(newFolder, step.path);
  if (!(await isThere(apply, staged))) return;
  const present = await readPresent(installation, step.path);
  if (present !== undefined && isUnknownContent(present, step))
    await keepConcurrent(apply, step.path, present);
  await moveBelow(installation, staged, step.path);
}

async function undoWrite(apply: Apply, step: Kind<'write'>): Promise<void> {
  const { installation, journal } = apply;
  const staged = twin(newFolder, step.path);
  const saved = twin(stateOf(journal.history), step.path);
  if (await isThere(apply, staged)) return;
  if (step.before !== null && !(await isThere(apply, saved))) return;
  const present = await readPresent(installation, step.path);
  if (present !== undefined && isUnknownContent(present, step))
    await keepConcurrent(apply, step.path, present);
  if (step.before !== null) await moveBelow(installation, saved, step.path);
  else if (present !== undefined) await moveBelow(installation, step.path, staged);
}

function isUnknownContent(present: PresentFile, { before, after }: Kind<'write'>): boolean {
  return present.sha256 !== before && present.sha256 !== after;
}

async function removeFile(apply: Apply, { path, before }: Kind<'remove'>): Promise<void> {
  const { installation } = apply;
  const old = twin(oldFolder, path);
  if (!(await isThere(apply, old))) {
    if (!(await isThere(apply, path))) return;
    await moveBelow(installation, path, old);
  }
  // Checked after the move, when no editor saves to it any more.
  const moved = await readPresent(installation, old);
  if (moved !== undefined && moved.sha256 !== before) await keepConcurrent(apply, path, moved);
}

async function undoRemove(apply: Apply, { path }: Kind<'remove'>): Promise<void> {
  const { installation } = apply;
  const old = twin(oldFolder, path);
  if (!(await isThere(apply, old))) return;
  const present = await readPresent(installation, path);
  if (present !== undefined) await keepConcurrent(apply, path, present);
  await moveBelow(installation, old, path);
}

async function swapFolder(apply: Apply, { path, after }: Kind<'folder'>): Promise<void> {
  const { installation, journal } = apply;
  const staged = twin(newFolder, path);
  const saved = twin(stateOf(journal.history), path);
  if (after !== null && !(await isThere(apply, staged))) return;
  if (await isThere(apply, path)) {
    if (!(await isThere(apply, saved))) await moveBelow(installation, path, saved);
    else if (after === null) return;
    else await moveConcurrent(apply, path);
  }
  if (after !== null) await moveBelow(installation, staged, path);
}

async function undoSwap(apply: Apply, { path, after }: Kind<'folder'>): Promise<void> {
  const { installation, journal } = apply;
  const staged = twin(newFolder, path);
  const saved = twin(stateOf(journal.history), path);
  const wasPut = after !== null && !(await isThere(apply, staged));
  if (wasPut && (await isThere(apply, path))) {
    if ((await hashTree(join(installation, path))) !== after)
      await keepConcurrentFolder(apply, path);
    await moveBelow(installation, path, staged);
  }
  if (!(await isThere(apply, saved))) return;
  if (await isThere(apply, path)) await moveConcurrent(apply, path);
  await moveBelow(installation, saved, path);
}

async function isThere({ installation }: Apply, path: string): Promise<boolean> {
  return (await lookAt(installation, path)) !== undefined;
}
