import { lineAt, type Source, startOf } from './source.ts';

/** A comment in the text. */
export interface Comment {
  readonly offset: number;
  readonly line: number;
  /** From the `#`, without trailing white space. */
  readonly text: string;
  /** Only white space precedes it on its line. */
  readonly alone: boolean;
}

/** A text with its comments, in order. */
export interface Grid {
  readonly source: Source;
  readonly comments: readonly Comment[];
  /** Lines that contain only a comment, with its column. */
  readonly commentLines: ReadonlyMap<number, number>;
}

export function commentAt(source: Source, offset: number, text: string): Comment {
  const line = lineAt(source, offset);
  const before = source.text.slice(startOf(source, line), offset);
  return { offset, line, text: text.trimEnd(), alone: before.trim() === '' };
}

export function gridOf(source: Source, comments: readonly Comment[]): Grid {
  const alone = comments.filter((comment) => comment.alone);
  const commentLines = new Map(
    alone.map(({ line, offset }) => [line, offset - startOf(source, line)]),
  );
  return { source, comments, commentLines };
}

/** The texts of the comments from offset `from` to before `to`. */
export function notesIn({ comments }: Grid, from: number, to: number): string[] {
  return comments.slice(firstFrom(comments, from), firstFrom(comments, to)).map(({ text }) => text);
}

/** The texts of the comments in the lines `from` to before `to`. */
export function notesOfLines(grid: Grid, from: number, to: number): string[] {
  return notesIn(grid, startOf(grid.source, from), startOf(grid.source, to));
}

export function sameNotes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((note, i) => note === b[i]);
}

/** The comment after `offset` on the same line. */
export function commentBehind({ source, comments }: Grid, offset: number): Comment | undefined {
  const comment = comments[firstFrom(comments, offset)];
  return comment?.line === lineAt(source, offset) ? comment : undefined;
}

function firstFrom(comments: readonly Comment[], offset: number): number {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
