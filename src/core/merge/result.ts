/** What a three-way merge of a file gives. Nothing in it holds a value of the file. */

/** Whose value stays where vendor and operator both changed a key. `stop` merges as `ours`. */
export type OnConflict = 'ours' | 'theirs' | 'stop';

/** A key path or YAML path; array-of-tables elements by their name/id or index: ['services','platform'] */
export type KeyPath = readonly (string | number)[];

/**
 * `added`, `changed`, `removed`, `renamed`: the vendor's change taken in. `kept`: the operator's
 * edit against base that stands. `conflict`: both changed it (settled by onConflict).
 */
export interface KeyChange {
  readonly path: KeyPath;
  readonly kind: 'added' | 'changed' | 'removed' | 'renamed' | 'kept' | 'conflict';
  /** renamed: the old path. */
  readonly from?: KeyPath;
  /** Line (from 1) in the merged text where the key now stands. */
  readonly line?: number;
}

export interface MergeFault {
  readonly side: 'base' | 'current' | 'incoming';
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type MergeResult =
  | {
      readonly kind: 'merged';
      readonly text: string;
      readonly from: 'current' | 'incoming' | 'both';
      readonly changes: readonly KeyChange[];
    }
  /** A side does not parse: nothing is overwritten. */
  | { readonly kind: 'unreadable'; readonly fault: MergeFault }
  /** The spliced result did not verify: leave the operator's file, lay the new one beside it. */
  | {
      readonly kind: 'unsafe';
      readonly reason: string;
      readonly changes: readonly KeyChange[];
    };

export interface MergeOptions {
  readonly onConflict: OnConflict;
  readonly renames?: readonly { readonly from: KeyPath; readonly to: KeyPath }[];
}
