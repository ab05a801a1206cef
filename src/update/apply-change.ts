import { composeProject } from '../compose/compose-project.ts';
import { isRunning, stoppedAlready, takeDown } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { beginTransaction, type HeldInstallation } from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import type { ChangeRecord } from '../transaction/journal.ts';
import type { Transaction } from '../transaction/transaction.ts';

/** A change to a newer or older release. */
export interface ReleaseChange {
  readonly record: ChangeRecord;
  /** Files only: the engine is neither asked nor changed (--without-engine). */
  readonly withoutEngine: boolean;
  /** Stages all files without changing the installation. */
  readonly stage: (transaction: Transaction) => Promise<void>;
  /** Downloads everything else that the platform will need. */
  readonly bring: () => Promise<void>;
}

export interface AppliedChange {
  /** The number of the previous state in the history. */
  readonly history: number;
  /** The platform was stopped. */
  readonly wasRunning: boolean;
}

/**
 * Changes the release: first downloads everything, then stops the platform, then changes all files together. A failure
 * before the last step leaves the installation unchanged.
 */
export async function applyReleaseChange(
  context: Context,
  held: HeldInstallation,
  { record, withoutEngine, stage, bring }: ReleaseChange,
): Promise<AppliedChange> {
  const { reporter, signal } = context;
  const project = await composeProject(held.folder);
  await using transaction = await beginTransaction(held);
  let wasRunning = false;
  try {
    await stage(transaction);
    if (!withoutEngine) await bring();
    await transaction.check();
    signal.throwIfAborted();
    // Check again, because pulling may have taken an hour.
    if (!withoutEngine && (await isRunning(context, project))) {
      reporter.step('All downloads are complete. Stopping the platform');
      await takeDown(context, project);
      wasRunning = true;
      signal.throwIfAborted();
    }
    const { history, concurrentEdits } = await transaction.commit(record);
    reportConcurrentEdits(context, concurrentEdits);
    return { history, wasRunning };
  } catch (error) {
    if (wasRunning) reporter.notice(stoppedAlready);
    throw error;
  }
}
