/** Which of the limits of `NetworkLimits` ran out. */
export type TimeLimit = 'connect' | 'idle';

/** The other side took longer than it may. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
  readonly limit: TimeLimit;
  readonly ms: number;

  constructor(limit: TimeLimit, ms: number) {
    super(`${limit} limit of ${ms} ms`);
    this.limit = limit;
    this.ms = ms;
  }
}

/** A time in words: `250 ms`, `30 s`, `5 min`. */
export function inWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
