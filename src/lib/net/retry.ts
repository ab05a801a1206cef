import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors.ts';

/** Wraps a failure that may pass by itself: `failure` is what the operator sees where it does not. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly failure: UserError;
  /** When the other side asks to come again (Retry-After), in ms. */
  readonly afterMs: number | undefined;

  constructor(failure: UserError, afterMs?: number) {
    super(failure.message);
    this.failure = failure;
    this.afterMs = afterMs;
  }
}

export interface RetryLimits {
  /** How often a request is tried at most. */
  readonly tries: number;
  /** What all tries together may take, pauses included, in ms. */
  readonly totalMs: number;
  /** The first pause at most, in ms; it doubles from try to try. */
  readonly backoffMs: number;
}

export interface RetryContext {
  readonly limits: RetryLimits;
  /** Who is asked, for the message. */
  readonly host: string;
  readonly signal?: AbortSignal | undefined;
  readonly trace?: ((line: string) => void) | undefined;
}

/**
 * Runs `operation` until it succeeds, fails for good, or a limit is reached. Only what it throws as
 * `TryAgain` is tried again.
 *
 * @param operation gets a signal that ends it at the time limit or the caller's abort
 * @throws UserError the last failure; NETWORK_TIMEOUT where the time ran out before there was one;
 *   the signal's reason where the caller aborted
 */
export async function withRetries<T>(
  context: RetryContext,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { limits, host, signal, trace } = context;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), limits.totalMs);
  const end = Date.now() + limits.totalMs;
  const either = AbortSignal.any([timeout.signal, ...(signal ? [signal] : [])]);
  let known: UserError | undefined;
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await operation(either);
      } catch (error) {
        signal?.throwIfAborted();
        if (timeout.signal.aborted) throw known ?? outOfTime(host, limits.totalMs);
        if (!(error instanceof TryAgain)) throw error;
        known = error.failure;
        const pauseMs = error.afterMs ?? backoff(limits.backoffMs, attempt);
        if (attempt >= limits.tries || Date.now() + pauseMs >= end) throw known;
        trace?.(`${known.message} Retrying in ${inWords(pauseMs)}.`);
        await pause(pauseMs, signal);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** "Full jitter", so that hosts that failed together do not come back together. */
export function backoff(baseMs: number, attempt: number): number {
  return Math.random() * baseMs * 2 ** (attempt - 1);
}

/**
 * What a Retry-After header asks for (RFC 9110, "Retry-After"): seconds or a date.
 *
 * @returns ms from now, or undefined where there is no header that can be read
 */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function outOfTime(host: string, ms: number): UserError {
  return new UserError('NETWORK_TIMEOUT', `${host} did not answer within ${inWords(ms)}.`);
}

/** Waits. @throws what `signal` was aborted with, at once */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

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
