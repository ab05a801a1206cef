import { UserError } from '../../errors.ts';
import { TryAgain } from '../net/retry.ts';
import type { Probed } from './probed.ts';

/** How long an operator may wait for one fact. */
export const probeLimitMs = 5000;

export interface ProbeOptions {
  /** The command's own signal: an interruption ends the probe and is rethrown. */
  readonly signal: AbortSignal;
  readonly limitMs?: number;
}

/**
 * Determines a fact within a time limit. Anything that hangs (a child process, a request, a dead network disk) is
 * abandoned and told to stop.
 * @param look gets a signal that aborts at the time limit; a UserError that it throws is a result, not a bug
 * @throws the signal's reason if the command was interrupted; any other error, which is a bug
 */
export async function probe<T>(
  { signal, limitMs = probeLimitMs }: ProbeOptions,
  look: (signal: AbortSignal) => Promise<Probed<T>>,
): Promise<Probed<T>> {
  const limit = new AbortController();
  const either = AbortSignal.any([signal, limit.signal]);
  const timedOut = { kind: 'timed out', afterMs: limitMs } as const;
  let timer: NodeJS.Timeout | undefined;
  const cutOff = new Promise<typeof timedOut>((resolve) => {
    timer = setTimeout(() => {
      limit.abort(new Error('the probe timed out'));
      resolve(timedOut);
    }, limitMs);
  });
  try {
    const looking = look(either).catch((error: unknown) => {
      if (limit.signal.aborted) return timedOut;
      return fromError(error);
    });
    return await Promise.race([looking, cutOff]);
  } finally {
    clearTimeout(timer);
    signal.throwIfAborted();
  }
}

function fromError(error: unknown): Probed<never> {
  if (error instanceof TryAgain) return fromError(error.failure);
  if (!(error instanceof UserError)) {
    const { code } = error as NodeJS.ErrnoException;
    // From the file system: a missing file is an answer.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    if (code === undefined) throw error;
    return { kind: 'refused', why: (error as Error).message };
  }
  const { code, message, hint } = error;
  if (code === 'DOCKER_NOT_FOUND' || code === 'PROGRAM_NOT_FOUND') return { kind: 'absent' };
  return { kind: 'refused', why: message.replace(/\.$/, ''), hint };
}
