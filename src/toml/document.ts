/**
 * A TOML file with the position of everything in it. Offsets are UTF-16 units of the original
 * text (a byte order mark counts as one); `end` is exclusive; lines and columns count from 1.
 */
import type { TomlValue } from './value.ts';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Keys from the root; an element of an array of tables by its index. */
export type TomlPath = readonly (string | number)[];

/** Whole lines; blank lines before them run from `gap` to `start`. `end` is after the line end. */
export interface Lines extends Range {
  readonly gap: number;
}

/** Comments that belong to a statement: those directly above it, and the one after it. */
export interface Remarks {
  /** Each from its `#`, without the line end. */
  readonly lead: readonly string[];
  readonly trail?: string;
  /** White space before the statement. */
  readonly indent: string;
  /** The lines of `lead`. */
  readonly leadLines: Range;
  /** From the end of the statement proper to the end of `trail`; empty if there is none. */
  readonly trailRange: Range;
}

/** Comment lines that do not belong to a statement. */
export interface Note extends Lines {
  readonly kind: 'note';
  readonly comments: readonly string[];
}

/** `[a.b]` or `[[a.b]]`. */
export interface Header extends Lines {
  readonly kind: 'header';
  readonly section: Section;
  readonly remarks: Remarks;
  readonly keyRange: Range;
}

/** `key = value` on its own line or lines. */
export interface Statement extends Lines {
  readonly kind: 'statement';
  readonly section: Section;
  readonly remarks: Remarks;
  /** The key as written, relative to its section. */
  readonly names: readonly string[];
}

export type Block = Note | Header | Statement;

/** A key and its value, on a line of its own or inside an inline table. */
export interface Pair {
  /** The key as written, relative to its container: `a.b = 1` has two names. */
  readonly names: readonly string[];
  readonly container: Section | InlineTable;
  /** For a pair inside an inline table, the statement that contains the table. */
  readonly statement: Statement;
  readonly keyRange: Range;
  readonly valueRange: Range;
  /** Comments inside a value of several lines. */
  readonly innerComments: readonly string[];
}

/** The lines from one header to the next, or from the start of the file to the first header. */
export interface Section {
  readonly kind: 'section';
  /** Absent for the root. */
  readonly header?: Header;
  readonly table: TableNode;
  /** Elements of arrays of tables on its path, including its own; outermost first. */
  readonly elements: readonly TableNode[];
  /** Notes before the header that are about the section. */
  readonly banner: readonly Note[];
  readonly items: readonly (Statement | Note)[];
}

export interface InlineTable extends Range {
  readonly kind: 'inline-table';
  readonly pair: Pair;
  readonly pairs: readonly Pair[];
}

/** A leaf: a key with a scalar or an array. */
export interface TomlEntry {
  readonly kind: 'entry';
  readonly path: TomlPath;
  readonly value: TomlValue;
  readonly pair: Pair;
  readonly keyRange: Range;
  readonly valueRange: Range;
  readonly line: number;
  readonly column: number;
  /** Comments directly above the key, each from its `#`; empty for a key in an inline table. */
  readonly comments: readonly string[];
}

/** How a table was written, which decides how a key can be added to it. */
export type TableForm =
  /** The root, a table or an element with a header. */
  | { readonly kind: 'section'; readonly section: Section }
  | { readonly kind: 'inline'; readonly table: InlineTable }
  /** By dotted keys in a section or an inline table. */
  | {
      readonly kind: 'dotted';
      readonly container: Section | InlineTable;
      readonly names: readonly string[];
    }
  /** It exists only because a header names something below it. */
  | { readonly kind: 'implied' };

export interface TableNode {
  readonly kind: 'table';
  readonly path: TomlPath;
  readonly form: TableForm;
  /** In the order of first appearance. */
  readonly children: ReadonlyMap<string, TomlNode>;
}

export interface ListNode {
  readonly kind: 'list';
  readonly path: TomlPath;
  readonly elements: readonly TableNode[];
}

export type TomlNode = TomlEntry | TableNode | ListNode;

export interface TomlDocument {
  readonly text: string;
  /** Where the text starts: 1 after a byte order mark, otherwise 0. */
  readonly start: number;
  /** The line end that most lines have. */
  readonly eol: '\n' | '\r\n';
  readonly root: TableNode;
  /** The root section first, the others in the order of the file. */
  readonly sections: readonly Section[];
  /** Every statement, header and note in the order of the file. */
  readonly blocks: readonly Block[];
  /** Every leaf in the order of the file. */
  readonly entries: readonly TomlEntry[];
  /** Every comment in the order of the file, each from its `#`. */
  readonly comments: readonly string[];
}
