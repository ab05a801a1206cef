/** The result of looking for a fact. It is not always available, and the reason is a fact, too. */
export type Probed<T> =
  | { readonly kind: 'known'; readonly value: T }
  /** The program, file or object does not exist. */
  | { readonly kind: 'absent' }
  /** Stopped: no answer within `afterMs`. */
  | { readonly kind: 'timed out'; readonly afterMs: number }
  /** Access was denied, or it failed. `why` is its own message, without the final full stop, `hint` what its error says to do. */
  | { readonly kind: 'refused'; readonly why: string; readonly hint?: string };

export function known<T>(value: T): Probed<T> {
  return { kind: 'known', value };
}

export const absent = { kind: 'absent' } as const;

export function refused(why: string): { readonly kind: 'refused'; readonly why: string } {
  return { kind: 'refused', why: why.trim().replace(/\.$/, '') };
}

/** The fact, if it is known. */
export function valueIn<T>(probed: Probed<T>): T | undefined {
  return probed.kind === 'known' ? probed.value : undefined;
}
