import type { CST } from 'yaml';
import type { Grid } from './comments.ts';
import type { Entry } from './layout.ts';
import { columnOf, indentOf, lineAt, lineText, type Source, startOf } from './source.ts';
import { type BlockCollection, isBlockCollection, itemsOf, tokenEnd } from './tokens.ts';

/**
 * How a file is indented: how many columns a mapping, or the dashes of a list, are to the
 * right of their key. Undefined if the file has no example.
 */
export interface IndentStyle {
  readonly map: number | undefined;
  readonly list: number | undefined;
}

/** The operator's prevailing style. */
export function indentStyleOf(source: Source, root: CST.Token): IndentStyle {
  const maps = new Map<number, number>();
  const lists = new Map<number, number>();
  const visit = (token: CST.Token, column: number | undefined): void => {
    if (!isBlockCollection(token)) return;
    const own = columnOf(source, token.offset);
    if (column !== undefined) {
      const counts = token.type === 'block-map' ? maps : lists;
      counts.set(own - column, (counts.get(own - column) ?? 0) + 1);
    }
    for (const { value } of itemsOf(token)) {
      if (value != null) visit(value, token.type === 'block-map' ? own : undefined);
    }
  };
  visit(root, undefined);
  return { map: mostFrequent(maps), list: mostFrequent(lists) };
}

function mostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * By how many columns each line of a block entry moves if its key moves to `column` and what is
 * nested in it adopts `style`. Lines inside a scalar or a flow collection move with their key.
 */
export function shiftsOf(
  { source, commentLines }: Grid,
  entry: Entry,
  column: number,
  style: IndentStyle,
): (line: number) => number {
  const first = lineAt(source, entry.start);
  const last = entry.lines?.end ?? lineAt(source, entry.contentEnd) + 1;
  const oldColumn =
    entry.lines === undefined ? indentOf(lineText(source, first)) : columnOf(source, entry.start);
  const shifts: number[] = new Array(last - first).fill(column - oldColumn);
  const { key, value } = entry.item;
  if (isBlockCollection(value)) moveNested(value, oldColumn, column, key == null);
  return (line) => shifts[line - first] ?? column - oldColumn;

  function moveNested(token: BlockCollection, from: number, to: number, inList: boolean): void {
    const own = columnOf(source, token.offset);
    const wanted = inList ? undefined : token.type === 'block-map' ? style.map : style.list;
    const moved = to + (wanted ?? own - from);
    const [start, end] = reachOf(token, own);
    for (let line = start; line < end; line += 1) shifts[line - first] = moved - own;
    for (const item of itemsOf(token)) {
      if (isBlockCollection(item.value)) {
        moveNested(item.value, own, moved, token.type === 'block-seq');
      }
    }
  }

  /** A collection's lines, with the comments above and below that have the same indentation. */
  function reachOf(token: BlockCollection, column: number): [number, number] {
    const belongs = (line: number) => (commentLines.get(line) ?? -1) >= column;
    let start = lineAt(source, token.offset);
    while (start - 1 > first && belongs(start - 1)) start -= 1;
    let end = lineAt(source, tokenEnd(token) - 1) + 1;
    while (end < last && belongs(end)) end += 1;
    return [start, end];
  }
}

/** The text from `from` to `to`, with every line that starts in it moved by its shift. */
export function shifted(
  source: Source,
  from: number,
  to: number,
  shiftOf: (line: number) => number,
  eol: string,
): string {
  const first = lineAt(source, from);
  const pieces: string[] = [];
  for (let line = first; startOf(source, line) < to; line += 1) {
    const start = Math.max(from, startOf(source, line));
    const text = source.text.slice(start, Math.min(to, startOf(source, line + 1)));
    const whole = start === startOf(source, line);
    const moved = whole ? moveLine(text, shiftOf(line)) : text;
    pieces.push(moved.replace(/\r?\n$/, eol));
  }
  return pieces.join('');
}

function moveLine(line: string, shift: number): string {
  const indent = indentOf(line);
  if (indent === 0 && line.trim() === '') return line;
  return ' '.repeat(Math.max(0, indent + shift)) + line.slice(indent);
}
