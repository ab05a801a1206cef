import { platformState, takeDown } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { beginTransaction, type HeldInstallation } from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import type { ChangeRecord } from '../transaction/journal.ts';
import type { Transaction } from '../transaction/transaction.ts';

/** A change of release, one way or the other. */
export interface ReleaseChange {
  readonly record: ChangeRecord;
  /** The Compose project. */
  readonly project: string;
  /** Stages all files; nothing is touched yet. */
  readonly stage: (transaction: Transaction) => Promise<void>;
  /** Brings to the host what else the platform will need. */
  readonly bring: () => Promise<void>;
}

export interface AppliedChange {
  /** The number of the state before, in history. */
  readonly history: number;
  /** The platform was taken down. */
  readonly wasRunning: boolean;
}

/**
 * Makes a change of release: all that is needed is brought to the host first, then the platform is taken down, then
 * the files change, together. Whatever fails before the last leaves the installation as it was.
 */
export async function applyReleaseChange(
  context: Context,
  held: HeldInstallation,
  { record, project, stage, bring }: ReleaseChange,
): Promise<AppliedChange> {
  const { reporter, signal } = context;
  const transaction = await beginTransaction(held);
  let wasRunning = false;
  try {
    await stage(transaction);
    await bring();
    await transaction.check();
    signal.throwIfAborted();
    // Asked again: pulling may have taken an hour.
    if ((await platformState(context, project)) === 'running') {
      reporter.step('All that is needed is here. Taking the platform down');
      await takeDown(context, held.folder);
      wasRunning = true;
      signal.throwIfAborted();
    }
    const { history, concurrentEdits } = await transaction.commit(record);
    reportConcurrentEdits(context, concurrentEdits);
    return { history, wasRunning };
  } catch (error) {
    await transaction.discard();
    if (wasRunning) {
      reporter.notice(
        'The platform had been taken down already. Start it: docker compose up -d, in backend/',
      );
    }
    throw error;
  }
}
