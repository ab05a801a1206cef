import { dirname } from 'node:path';
import { discardDead } from '../backup/output-file.ts';
import { readMarker, tellOfUnfinishedRestore } from '../backup/restore-marker.ts';
import { tellOfUnfinishedRotation } from '../config/rotation-marker.ts';
import type { Context } from '../context.ts';
import { folderMode } from '../transaction/layout.ts';
import { isUnderWay, type Recovered, recover } from '../transaction/recover.ts';
import { acquireGuard, isGuardHeld, type RunGuard } from '../transaction/run-guard.ts';
import { openTransaction, type Transaction } from '../transaction/transaction.ts';
import { findInstallation } from './find-installation.ts';
import { protectInstallation } from './protect-installation.ts';

export interface HoldOptions {
  /** Of --dir. */
  readonly dir?: string | undefined;
  /** As the operator knows it: what others are told who want to change the installation meanwhile. */
  readonly command: string;
  /** A command that only reads needs no guard. */
  readonly changes: boolean;
  /** It was asked to print a secret: nothing is struck out of what it prints. */
  readonly reveals?: boolean;
  /** What it does makes up for a restore that was cut short. */
  readonly replaces?: boolean;
}

export interface HeldInstallation {
  /** Absolute path. */
  readonly folder: string;
  /** The run guard of a command that changes something. */
  readonly guard?: RunGuard;
  /** Where a restore that was cut short waits to be completed, and this command takes its place: gives it up. */
  readonly giveUp?: () => Promise<void>;
}

/**
 * Finds the installation for `use`, holds it if it is to be changed, and first of all makes good what a crash
 * has left of an earlier change.
 * @throws UserError NOT_AN_INSTALLATION, INSTALLATION_UNFINISHED, INSTALLATION_HELD, JOURNAL_INVALID, RESTORE_UNFINISHED
 */
export async function holdInstallation<T>(
  context: Context,
  { dir, command, changes, reveals, replaces = false }: HoldOptions,
  use: (held: HeldInstallation) => Promise<T>,
): Promise<T> {
  const folder = await findInstallation(context, dir);
  if (reveals !== true) await protectInstallation(context, folder);
  if (changes) {
    return withGuard(context, folder, { command, replaces }, async (held) => {
      context.signal.throwIfAborted();
      return use(held);
    });
  }
  if (await isUnderWay(folder)) {
    await withGuard(context, folder, { command, replaces }, async () => {});
  }
  return use({ folder });
}

async function withGuard<T>(
  context: Context,
  folder: string,
  { command, replaces }: { readonly command: string; readonly replaces: boolean },
  use: (held: HeldInstallation) => Promise<T>,
): Promise<T> {
  const guard = await acquireGuard(folder, command);
  try {
    const isRestored = (await readMarker(folder)) !== undefined;
    // Most commands never need what completes a restore.
    const restore = isRestored ? await import('../backup/resume-restore.ts') : undefined;
    const waits = (await restore?.resumeRestore(context, folder, guard, replaces)) === true;
    // It would remove what was prepared, and this command may yet do nothing.
    const recovered = waits ? undefined : await recover(folder, guard);
    if (recovered !== undefined) tellOf(context, recovered);
    await restore?.finishRestore(context, folder);
    await tellOfUnfinishedRotation(context, folder, true);
    // Where backups go unless told otherwise. Who may not look there has left nothing.
    await discardDead(dirname(folder)).catch(() => undefined);
    const giveUp = async () => void (await recover(folder, guard));
    return await use({ folder, guard, ...(waits && { giveUp }) });
  } finally {
    await guard.release();
  }
}

/** For commands that tell how things are: what a later one makes good, or the operator has to. Not while somebody is at it. */
export async function tellOfUnfinished(context: Context, folder: string): Promise<void> {
  if (await isGuardHeld(folder)) return;
  await tellOfUnfinishedRestore(context, folder);
  await tellOfUnfinishedRotation(context, folder, false);
}

function tellOf({ reporter }: Context, { why, startedAt, outcome, late }: Recovered): void {
  reporter.notice(`\`${why}\`, begun at ${startedAt}, was cut short; it is ${outcome} now.`);
  for (const { path, keptAs } of late) {
    reporter.notice(`${path} was saved by somebody since; that version is kept as ${keptAs}.`);
  }
}

/** Opens the one writer for an installation that is held. */
export function beginTransaction({ folder, guard }: HeldInstallation): Promise<Transaction> {
  if (guard === undefined) throw new Error('a command that only reads may not change anything');
  return openTransaction(folder, guard, folderMode);
}
