import { setTimeout } from 'node:timers/promises';

/** Waits. @throws what `signal` was aborted with, at once */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
