import { folderMode } from '../release/layout.ts';
import type { RunGuard } from '../transaction/run-guard.ts';
import { openTransaction, type Transaction } from '../transaction/transaction.ts';

export interface HeldInstallation {
  /** Absolute path. */
  readonly folder: string;
  /** The run guard of a command that changes something. */
  readonly guard?: RunGuard;
  /** Where a restore that was cut short waits to be completed, and this command takes its place: gives it up. */
  readonly giveUp?: () => Promise<void>;
}

/** Opens the one writer for an installation that is held. */
export function beginTransaction({ folder, guard }: HeldInstallation): Promise<Transaction> {
  if (guard === undefined) throw new Error('a command that only reads may not change anything');
  return openTransaction(folder, guard, folderMode);
}
