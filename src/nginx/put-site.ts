import type { Context } from '../context.ts';
import { type Lock, stringifyLock } from '../installation/lock.ts';
import { beginTransaction, type HeldInstallation } from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import { sha256 } from '../lib/fs/files.ts';
import { fileMode, nginxFile } from '../release/layout.ts';

/** A state of nginx/proto.conf with the program's own records of it. */
export interface SiteState {
  /** The content of the file; `undefined` if it does not exist. */
  readonly text: string | undefined;
  /** The complete merge base, by path. */
  readonly base: ReadonlyMap<string, string>;
}

export interface SiteChange {
  readonly from: SiteState;
  readonly to: SiteState;
  readonly why: string;
}

/**
 * Changes nginx/proto.conf from one state to another, in a transaction.
 * @returns the number of the previous state in history
 * @throws UserError FILE_CHANGED_MEANWHILE and the other errors of a transaction
 */
export async function putSite(
  context: Pick<Context, 'reporter'>,
  held: HeldInstallation,
  lock: Lock,
  change: SiteChange,
): Promise<number> {
  const { from, to, why } = change;
  await using transaction = await beginTransaction(held);
  const expected = from.text === undefined ? undefined : sha256(from.text);
  if (to.text !== undefined) {
    const file = { path: nginxFile, content: to.text, mode: fileMode(nginxFile), expected };
    await transaction.write(file);
  } else if (expected !== undefined) transaction.remove(nginxFile, expected);
  await transaction.setBase(to.base);
  const files = Object.fromEntries([...to.base].map(([path, text]) => [path, sha256(text)]));
  await transaction.setLock(stringifyLock({ ...lock, files }));
  const { release } = lock;
  const { history, concurrentEdits } = await transaction.commit({ why, kind: 'config', release });
  reportConcurrentEdits(context, concurrentEdits);
  return history;
}

/** Undoes a change that nginx rejected. If that fails, it only reports it, because the original failure matters more. */
export async function putBack(
  context: Pick<Context, 'reporter'>,
  held: HeldInstallation,
  lock: Lock,
  { from, to, why }: SiteChange,
  history: number,
): Promise<void> {
  try {
    await putSite(context, held, lock, { from: to, to: from, why: `${why}, rolled back` });
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    context.reporter.notice(
      `Could not restore ${nginxFile}: ${words} To restore it, run \`proto-scaffold rollback ${history}\`.`,
    );
  }
}
