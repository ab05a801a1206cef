import { UserError } from '../../errors.ts';
import { TryAgain } from '../net/retry.ts';
import type { Probed } from './probed.ts';

/** As long as an operator may wait for a fact. */
export const probeLimitMs = 5000;

export interface ProbeOptions {
  /** The command's own: an interruption ends the probe, and is thrown on. */
  readonly signal: AbortSignal;
  readonly limitMs?: number;
}

/**
 * Looks for a fact, for a limited time. Whatever hangs (a child, a request, a dead network disk) is let go, and
 * told to end.
 * @param look gets a signal that aborts when the time is over; what it throws as UserError is no fault of ours
 * @throws the signal's reason where the command was interrupted; what is a bug
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
    // Of the file system: what is not there is an answer.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    if (code === undefined) throw error;
    return { kind: 'refused', why: (error as Error).message };
  }
  const { code, message } = error;
  if (code === 'DOCKER_NOT_FOUND' || code === 'PROGRAM_NOT_FOUND') return { kind: 'absent' };
  return { kind: 'refused', why: message.replace(/\.$/, '') };
}
