import type { CST, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { KeyPath } from '../result.ts';
import { type Comment, commentBehind, type Grid } from './comments.ts';
import { keyName, type Plain } from './plain.ts';
import { columnOf, lineAt, type Source, startOf } from './source.ts';
import {
  blockScalarHeader,
  type Item,
  isBlockCollection,
  itemEnd,
  itemStart,
  itemsOf,
  propertiesOf,
  separatorEnd,
  tokenEnd,
} from './tokens.ts';

/** The position of one entry of a mapping, or of one element of a keyed list. */
export interface Entry {
  readonly key: string;
  readonly plain: Plain;
  readonly item: Item;
  /** Null for an element of a list. */
  readonly keyNode: Node | null;
  readonly node: Node | null;
  /** Set if the value is a mapping or a keyed list, which merges by its own entries. */
  readonly body: Body | undefined;
  readonly start: number;
  readonly separatorEnd: number;
  /** Where the value's anchor, tag or first character is; `separatorEnd` for an empty value. */
  readonly valueStart: number;
  /** The end of the value before its block of further lines, if it has one. */
  readonly inlineEnd: number;
  readonly contentEnd: number;
  /** Set in a block; an entry of `{…}` or `[…]` has no lines of its own. */
  readonly lines: EntryLines | undefined;
}

/**
 * The lines of a block entry, counted from 0. Each part ends where the next one starts.
 *
 *     gap    blank lines and comments since the entry before
 *     head   the comments directly above it
 *     own    key: inline  # trail
 *     rest   the further lines of a value that is a block
 *     tail   comments below that are indented deeper than the key
 *     end
 */
export interface EntryLines {
  readonly gap: number;
  readonly head: number;
  readonly own: number;
  readonly rest: number;
  readonly tail: number;
  readonly end: number;
  readonly trail: Comment | undefined;
}

export interface Body {
  readonly style: 'block' | 'flow';
  readonly kind: 'map' | 'list';
  /** Column of a block's keys or dashes. */
  readonly column: number;
  readonly entries: ReadonlyMap<string, Entry>;
  /** The collection's own characters, brackets included. */
  readonly start: number;
  readonly end: number;
  /** Lines of a block: its first, the one after its last entry, the one after its last comment. */
  readonly firstLine: number;
  readonly gapLine: number;
  readonly endLine: number;
}

/** A construct that is valid YAML, but that Compose files do not need and the merge does not support. */
export class Unmergeable extends Error {
  override readonly name = 'Unmergeable';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** @throws Unmergeable */
export function bodyOf(
  grid: Grid,
  node: Node,
  token: CST.Token,
  plain: Plain,
  lines: { readonly first: number; readonly end: number },
): Body | undefined {
  if (plain.kind !== 'map' && plain.kind !== 'list') return undefined;
  if (!isBlockCollection(token) && token.type !== 'flow-collection') return undefined;
  const style = isBlockCollection(token) ? 'block' : 'flow';
  const cells = plain.kind === 'map' ? pairsOf(node as YAMLMap) : elementsOf(node, token, plain);
  const entries = new Map<string, Entry>();
  const { source } = grid;
  let gapLine = lines.first;
  for (const cell of cells) {
    const entry = entryOf(
      grid,
      cell,
      plain.entries.get(cell.key) as Plain,
      style,
      gapLine,
      lines.end,
    );
    entries.set(cell.key, entry);
    gapLine = entry.lines?.end ?? gapLine;
  }
  const first = entries.values().next().value;
  return {
    style,
    kind: plain.kind,
    column: first === undefined ? 0 : columnOf(source, first.start),
    entries,
    start: token.offset,
    end: tokenEnd(token),
    firstLine: lines.first,
    gapLine,
    endLine: lines.end,
  };
}

type Cell = Pick<Entry, 'key' | 'item' | 'keyNode' | 'node'>;

function pairsOf(map: YAMLMap): Cell[] {
  return (map.items as (Pair & { srcToken?: Item })[]).map(({ key, value, srcToken }) => {
    const at = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
    const plainKey =
      srcToken?.key != null &&
      ['scalar', 'single-quoted-scalar', 'double-quoted-scalar'].includes(srcToken.key.type) &&
      srcToken.start.every((part) => !['anchor', 'tag', 'explicit-key-ind'].includes(part.type));
    if (!plainKey) throw new Unmergeable(at, 'a key that is not a plain word');
    return {
      key: keyName(key),
      item: srcToken as Item,
      keyNode: key as Node | null,
      node: value as Node | null,
    };
  });
}

function elementsOf(node: Node, token: CST.Token, plain: Plain): Cell[] {
  const keys = plain.kind === 'list' ? [...plain.entries.keys()] : [];
  const items = itemsOf(token as CST.BlockSequence | CST.FlowCollection);
  const nodes = (node as YAMLSeq).items as Node[];
  return keys.map((key, i) => ({
    key,
    item: items[i] as Item,
    keyNode: null,
    node: nodes[i] ?? null,
  }));
}

function entryOf(
  grid: Grid,
  cell: Cell,
  plain: Plain,
  style: Body['style'],
  gapLine: number,
  limit: number,
): Entry {
  const { key, keyNode, item, node } = cell;
  const value = item.value ?? undefined;
  const start = itemStart(item);
  const separator = separatorEnd(item);
  const contentEnd = itemEnd(item);
  const inlineEnd = inlineEndOf(grid.source, item, separator, contentEnd);
  const lines =
    style === 'block' ? linesOf(grid, { start, inlineEnd, contentEnd }, gapLine, limit) : undefined;
  const inside = { first: lines?.rest ?? gapLine, end: lines?.end ?? limit };
  return {
    key,
    plain,
    item,
    keyNode,
    node,
    body:
      node === null || value === undefined ? undefined : bodyOf(grid, node, value, plain, inside),
    start,
    separatorEnd: separator,
    valueStart: propertiesOf(item)[0]?.offset ?? value?.offset ?? separator,
    inlineEnd,
    contentEnd,
    lines,
  };
}

function linesOf(
  grid: Grid,
  entry: Pick<Entry, 'start' | 'inlineEnd' | 'contentEnd'>,
  gap: number,
  limit: number,
): EntryLines {
  const { source, commentLines } = grid;
  const own = lineAt(source, entry.start);
  const column = entry.start - startOf(source, own);
  if (source.text.slice(startOf(source, own), entry.start).trim() !== '') {
    throw new Unmergeable(entry.start, 'a key that is not first on its line');
  }
  let head = own;
  while (head > gap && commentLines.has(head - 1)) head -= 1;
  const tail = lineAt(source, entry.contentEnd - 1) + 1;
  return {
    gap,
    head,
    own,
    rest: lineAt(source, entry.inlineEnd) + 1,
    tail,
    end: tailEnd(grid, tail, limit, column),
    trail: commentBehind(grid, entry.inlineEnd),
  };
}

/** The end of a value on the line where it starts. A block that starts on the dash's line is inline. */
function inlineEndOf(source: Source, item: Item, separator: number, contentEnd: number): number {
  const { value } = item;
  if (value?.type === 'block-scalar') {
    const header = blockScalarHeader(value);
    return header.offset + header.source.length;
  }
  if (!isBlockCollection(value)) return contentEnd;
  const last = propertiesOf(item).at(-1);
  const before = last === undefined ? separator : last.offset + last.source.length;
  return lineAt(source, value.offset) === lineAt(source, before) ? contentEnd : before;
}

function tailEnd(
  { source, commentLines }: Grid,
  from: number,
  limit: number,
  column: number,
): number {
  let end = from;
  for (let line = from; line < limit; line += 1) {
    const commentColumn = commentLines.get(line);
    if (commentColumn === undefined) {
      if (source.text.slice(startOf(source, line), startOf(source, line + 1)).trim() !== '') break;
    } else {
      if (commentColumn <= column) break;
      end = line + 1;
    }
  }
  return end;
}

/** One value for each of the three files of a merge. */
export interface Sides<T> {
  readonly base: T;
  readonly current: T;
  readonly incoming: T;
}

/** The entry at a path of keys, as far as mappings and keyed lists go. */
export function entryAt(root: Body, path: KeyPath): Entry | undefined {
  let body: Body | undefined = root;
  let entry: Entry | undefined;
  for (const key of path) {
    entry = body?.entries.get(String(key));
    body = entry?.body;
  }
  return entry;
}

/** The body of the entry at a path; the empty path means the file itself. */
export function bodyAt(root: Body, path: KeyPath): Body | undefined {
  return path.length === 0 ? root : entryAt(root, path)?.body;
}
