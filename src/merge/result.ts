/**
 * The result of merging one file, for every format. base is the last pristine render,
 * current the operator's file, incoming the new render (../shared/DESIGN.md, "Update is a
 * three-way merge").
 */

/**
 * Which value is used if both sides changed a key. `stop` merges like `ours`; the
 * command itself stops when it sees a change of kind `conflict`.
 */
export type OnConflict = 'ours' | 'theirs' | 'stop';

/** A key path or YAML path; array-of-tables elements by their name/id or index: ['services','platform'] */
export type KeyPath = readonly (string | number)[];

/**
 * One difference and its outcome. `added`, `changed`, `removed`, `renamed`: the vendor's
 * change was applied. `kept`: the operator's edit was kept. `conflict`: both
 * changed it; {@link MergeOptions.onConflict} decides.
 */
export interface KeyChange {
  readonly path: KeyPath;
  readonly kind: 'added' | 'changed' | 'removed' | 'renamed' | 'kept' | 'conflict';
  /** renamed: the old path. */
  readonly from?: KeyPath;
  /** Line (from 1) of the key in the merged text; in the operator's file if the update {@link stops}. */
  readonly line?: number;
}

/** The position of the syntax error. `line` and `column` count from 1. */
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
      /** `current` or `incoming`: the text equals that side byte for byte. */
      readonly from: 'current' | 'incoming' | 'both';
      readonly changes: readonly KeyChange[];
    }
  /** current (or another side) does not parse. Nothing is overwritten. */
  | { readonly kind: 'unreadable'; readonly fault: MergeFault }
  /** The spliced result failed verification. Keep the operator's file and save the new one next to it. */
  | { readonly kind: 'unsafe'; readonly reason: string; readonly changes: readonly KeyChange[] };

export interface MergeOptions {
  readonly onConflict: OnConflict;
  /** Keys that the release renamed. Value and comment move with them. */
  readonly renames?: readonly { readonly from: KeyPath; readonly to: KeyPath }[];
}

/** Whether the command stops, so that nothing is written. */
export function stops(changes: readonly KeyChange[], { onConflict }: MergeOptions): boolean {
  return onConflict === 'stop' && changes.some(({ kind }) => kind === 'conflict');
}
