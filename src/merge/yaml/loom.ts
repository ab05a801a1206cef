import { type IndentStyle, indentStyleOf, shifted, shiftsOf } from './indent.ts';
import type { Entry, EntryLines, Sides } from './layout.ts';
import type { YamlFile } from './read.ts';
import { startOf } from './source.ts';
import type { Edit } from './splice.ts';
import type { IsSurplus } from './surplus.ts';

/** The input of every edit of the operator's text. */
export interface Loom {
  readonly files: Sides<YamlFile>;
  /** The operator's. */
  readonly style: IndentStyle;
  readonly isSurplus: IsSurplus;
}

/** An entry with its own lines. */
export type BlockEntry = Entry & { readonly lines: EntryLines };

/** One entry in each file; it may be missing in `base` and `incoming`. */
export interface EntrySides {
  readonly base: Entry | undefined;
  readonly current: BlockEntry;
  readonly incoming: Entry | undefined;
}

export function loomOf(files: Sides<YamlFile>, isSurplus: IsSurplus): Loom {
  const style = indentStyleOf(files.current.source, files.current.rootToken);
  return { files, style, isSurplus };
}

/** Replaces whole lines of the operator's text: `from` to before `to`, counted from 0. */
export function lineEdit({ files }: Loom, from: number, to: number, text: string): Edit {
  const { source } = files.current;
  return { start: startOf(source, from), end: startOf(source, to), text };
}

/** Returns pieces of a vendor entry in the operator's style at `column`. */
export function restyled(
  { files, style }: Loom,
  entry: Entry,
  column: number,
): (from: number, to: number) => string {
  const { source } = files.incoming;
  const shiftOf = shiftsOf(files.incoming, entry, column, style);
  return (from, to) => shifted(source, from, to, shiftOf, files.current.source.eol);
}
