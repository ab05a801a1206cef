import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { historyLines } from '../installation/history-lines.ts';
import { readLock } from '../installation/read-installation.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { listHistory } from '../transaction/history.ts';

export interface HistoryOptions {
  readonly dir?: string;
}

/** Lists the states that `rollback` can restore. */
export async function history(context: Context, { dir }: HistoryOptions): Promise<number> {
  const { reporter } = context;
  const hold = { dir, command: 'proto-scaffold history', changes: false };
  await using held = await holdInstallation(context, hold);
  const { folder } = held;
  const now = await readLock(folder);
  const states = await listHistory(folder);
  for (const line of historyLines(now, states)) reporter.line(line);
  reporter.line();
  reporter.line(
    states.length === 0
      ? 'The history is empty: nothing has changed since init.'
      : 'To roll back, run `proto-scaffold rollback STATE`. Without a number, it restores the state before the last change of release.',
  );
  reporter.result({
    installation: folder,
    now: { release: now.release, appliedAt: now.appliedAt, appliedBy: now.appliedBy },
    states: states.toReversed().map(({ n, state }) => {
      if (state === undefined) return { n, damaged: true };
      const { savedAt, release, why, kind } = state;
      return { n, savedAt, release, why, kind, damaged: false };
    }),
  });
  return ExitCode.done;
}
