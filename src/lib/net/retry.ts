import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors.ts';

/** Wraps a failure that a retry may fix. `failure` is what the operator sees if it does not. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly failure: UserError;
  /** When the server asks to retry (Retry-After), in ms. */
  readonly afterMs: number | undefined;
  /** Whether the server is there, so that more patience is worth it. */
  readonly answered: boolean;

  constructor(
    failure: UserError,
    more: { readonly afterMs?: number | undefined; readonly answered?: boolean } = {},
  ) {
    super(failure.message);
    this.failure = failure;
    this.afterMs = more.afterMs;
    this.answered = more.answered ?? false;
  }
}

export interface RetryLimits {
  /** The maximum number of attempts for a request that got no answer. */
  readonly tries: number;
  /** The same for a server that is known to be there: it answered "later", or sent a part of a download. */
  readonly patientTries: number;
  /** The time limit for all attempts together, including pauses, in ms. */
  readonly totalMs: number;
  /** The longest first pause, in ms. It doubles with each attempt, and is at least half as long. */
  readonly backoffMs: number;
}

export interface RetryContext {
  readonly limits: RetryLimits;
  /** The server, for the message. */
  readonly host: string;
  /** The server is known to be there. */
  readonly patient?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly trace?: ((line: string) => void) | undefined;
}

/**
 * Runs `operation` until it succeeds, fails permanently, or reaches a limit. Only a `TryAgain`
 * leads to a retry.
 *
 * @param operation gets a signal that ends it at the time limit or the caller's abort
 * @throws UserError the last failure; NETWORK_TIMEOUT if the time ran out before there was one;
 *   the signal's reason if the caller aborted
 */
export async function withRetries<T>(
  context: RetryContext,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { limits, host, patient = false, signal, trace } = context;
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
        const tries = patient || error.answered ? limits.patientTries : limits.tries;
        if (attempt >= tries || Date.now() + pauseMs >= end) throw known;
        trace?.(`${known.message} Retrying in ${inWords(pauseMs)}.`);
        await pause(pauseMs, signal);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** With jitter, so that hosts that failed together do not retry together. */
export function backoff(baseMs: number, attempt: number): number {
  return (0.5 + Math.random() / 2) * baseMs * 2 ** (attempt - 1);
}

/**
 * Parses a Retry-After header (RFC 9110, "Retry-After"): seconds or a date.
 *
 * @returns ms from now, or undefined if the header is missing or invalid
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

/** Waits. @throws the abort reason of `signal`, immediately */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** A duration as text: `250 ms`, `30 s`, `5 min`. */
export function inWords(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
