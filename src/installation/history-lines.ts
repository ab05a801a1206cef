import { releaseLabel } from '../release/release-name.ts';
import type { Lock } from './lock.ts';

/** A state in the history list. Its details are absent if it is damaged. */
export interface HistoryRow {
  readonly n: number;
  readonly state?: {
    readonly savedAt: string;
    readonly release: Lock['release'];
    readonly why: string;
    readonly kind: 'release' | 'config';
  };
}

/**
 * The history as text, newest first.
 * @param rows the oldest first
 */
export function historyLines(now: Lock, rows: readonly HistoryRow[]): string[] {
  const head = ['state', 'until (UTC)', 'release', 'ended by'];
  const table = rows.toReversed().map(({ n, state }) => {
    if (state === undefined)
      return [String(n), '', '', '(damaged, or from a newer version of proto-scaffold)'];
    return [String(n), shortTime(state.savedAt), releaseLabel(state.release), state.why];
  });
  const all = [head, ['now', '', releaseLabel(now.release), ''], ...table];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `2026-11-22 21:40` of `2026-11-22T21:40:09.123Z`. */
function shortTime(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
