/**
 * What every merge of one file gives back, whatever the format. base is the last pristine render,
 * current the operator's file, incoming the new render (../shared/DESIGN.md, "Update is a
 * three-way merge").
 */

/**
 * Whose value stays live where both sides changed one key. `stop` merges like `ours`: it is the
 * command that stops when it sees a change of kind `conflict`.
 */
export type OnConflict = 'ours' | 'theirs' | 'stop';

/** A key path or YAML path; array-of-tables elements by their name/id or index: ['services','platform'] */
export type KeyPath = readonly (string | number)[];

/**
 * One difference and what became of it. `added`, `changed`, `removed`, `renamed`: the vendor's
 * change, taken in. `kept`: the operator's edit against base, which stands. `conflict`: both
 * changed it; settled by {@link MergeOptions.onConflict}.
 */
export interface KeyChange {
  readonly path: KeyPath;
  readonly kind: 'added' | 'changed' | 'removed' | 'renamed' | 'kept' | 'conflict';
  /** renamed: the old path. */
  readonly from?: KeyPath;
  /** Line (from 1) in the merged text where the key now stands. */
  readonly line?: number;
}

/** The place that does not parse. `line` and `column` count from 1. */
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
      /** `current` or `incoming`: the text is that side's, to the byte. */
      readonly from: 'current' | 'incoming' | 'both';
      readonly changes: readonly KeyChange[];
    }
  /** current (or another side) does not parse: nothing is overwritten. */
  | { readonly kind: 'unreadable'; readonly fault: MergeFault }
  /** The spliced result did not verify: leave the operator's file, lay the new one beside it. */
  | { readonly kind: 'unsafe'; readonly reason: string; readonly changes: readonly KeyChange[] };

export interface MergeOptions {
  readonly onConflict: OnConflict;
  /** Keys that the release renamed: value and comment move with them. */
  readonly renames?: readonly { readonly from: KeyPath; readonly to: KeyPath }[];
}
