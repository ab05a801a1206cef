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

/** A limit in words: `30 s`, or `250 ms` below a second. */
export function inWords(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`;
}
