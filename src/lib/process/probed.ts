/** What became of looking for a fact: it is not always to be had, and why not is a fact, too. */
export type Probed<T> =
  | { readonly kind: 'known'; readonly value: T }
  /** There is no such program, file or thing. */
  | { readonly kind: 'absent' }
  /** Cut off: no answer within `afterMs`. */
  | { readonly kind: 'timed out'; readonly afterMs: number }
  /** It may not be asked, or it failed; `why` are its own words, without the last full stop. */
  | { readonly kind: 'refused'; readonly why: string };

export function known<T>(value: T): Probed<T> {
  return { kind: 'known', value };
}

export const absent = { kind: 'absent' } as const;

export function refused(why: string): { readonly kind: 'refused'; readonly why: string } {
  return { kind: 'refused', why: why.trim().replace(/\.$/, '') };
}

/** A fact where it is known. */
export function valueIn<T>(probed: Probed<T>): T | undefined {
  return probed.kind === 'known' ? probed.value : undefined;
}
