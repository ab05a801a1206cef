import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import type { Outcomes } from './decide.ts';
import type { Body, Entry } from './layout.ts';
import type { Source } from './source.ts';

/** One entry of the new collection: its separator from the previous entry, and its own text. */
interface Piece {
  readonly key: string;
  /** Undefined for an entry that had no separator so far. */
  readonly separator: string | undefined;
  readonly text: string;
}

/** The operator's `{…}` or `[…]` with the vendor's changes, as new text. */
export function mergeFlow(
  current: Source,
  body: Body,
  incoming: Source,
  vendors: Body,
  outcomes: Outcomes,
): string {
  const [open, close] = [current.text.charAt(body.start), current.text.charAt(body.end - 1)];
  const standing: Piece[] = [];
  let lead: string | undefined;
  let usual = ', ';
  let end = body.start + 1;
  for (const entry of body.entries.values()) {
    const before = current.text.slice(end, entry.start);
    const separator = lead === undefined ? undefined : before;
    lead ??= before;
    end = entry.contentEnd;
    if (separator !== undefined && !separator.includes('#')) usual = separator;
    if (outcomes.get(entry.key)?.do === 'drop') continue;
    const text = mergeFlowEntry(current, entry, incoming, vendors.entries.get(entry.key), outcomes);
    standing.push({ key: entry.key, separator, text });
  }
  const pieces = withAdded(standing, incoming, vendors, outcomes);
  if (pieces.length === 0) return open + close;
  const inside = pieces.map(({ separator = usual, text }, i) => (i === 0 ? '' : separator) + text);
  const last = lead === undefined ? close : current.text.slice(end, body.end);
  return open + (lead ?? '') + inside.join('') + last;
}

/** Inserts each new entry after the one that it follows in the vendor's file. */
function withAdded(
  standing: readonly Piece[],
  incoming: Source,
  vendors: Body,
  outcomes: Outcomes,
): Piece[] {
  const known = new Set(standing.map(({ key }) => key));
  const first: Piece[] = [];
  const behind = new Map<string, Piece[]>();
  let place = first;
  for (const entry of vendors.entries.values()) {
    if (known.has(entry.key)) {
      place = [];
      behind.set(entry.key, place);
    } else if (outcomes.get(entry.key)?.do === 'add') {
      place.push({ key: entry.key, separator: undefined, text: flowEntry(incoming, entry) });
    }
  }
  return first.concat(standing.flatMap((piece) => [piece, ...(behind.get(piece.key) ?? [])]));
}

function mergeFlowEntry(
  current: Source,
  entry: Entry,
  incoming: Source,
  vendors: Entry | undefined,
  outcomes: Outcomes,
): string {
  const outcome = outcomes.get(entry.key);
  const own = current.text.slice(entry.start, entry.contentEnd);
  if (vendors === undefined || outcome === undefined) return own;
  const key = current.text.slice(entry.start, entry.separatorEnd);
  const label = entry.keyNode === null ? '' : `${key.endsWith(':') ? key : `${key}:`} `;
  if (outcome.do === 'take') return label + flowText(incoming, vendors.node);
  if (outcome.do !== 'merge' || !entry.body || !vendors.body) return own;
  const mark = outcome.mark
    ? markText(vendors.node)
    : current.text.slice(entry.valueStart, entry.body.start);
  return label + mark + mergeFlow(current, entry.body, incoming, vendors.body, outcome.entries);
}

function flowEntry(source: Source, { keyNode, node }: Entry): string {
  const value = flowText(source, node);
  return keyNode === null ? value : `${flowText(source, keyNode)}: ${value}`;
}

/** A value as it can stand in a flow collection, with its anchor and tag. */
function flowText(source: Source, node: Node | null): string {
  if (node === null) return 'null';
  if (isAlias(node)) return `*${node.source}`;
  return markText(node) + flowContent(source, node);
}

function flowContent(source: Source, node: Node): string {
  if (isScalar(node)) return flowScalar(source, node);
  if (isSeq(node)) {
    return `[${(node.items as Node[]).map((item) => flowText(source, item)).join(', ')}]`;
  }
  if (!isMap(node)) return 'null';
  const pairs = (node.items as Pair<Node, Node | null>[]).map(
    ({ key, value }) => `${flowText(source, key)}: ${flowText(source, value)}`,
  );
  return `{${pairs.join(', ')}}`;
}

function flowScalar(source: Source, node: Scalar): string {
  const written = node.range ? source.text.slice(node.range[0], node.range[1]) : '';
  if (written === '') return 'null';
  const oneLine = !written.includes('\n');
  const quoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
  if (oneLine && (quoted || (node.type === Scalar.PLAIN && !/[,[\]{}]/.test(written)))) {
    return written;
  }
  return JSON.stringify(node.value);
}

/** Anchor and tag, written out, followed by a space. */
export function markText(node: Node | null): string {
  if (node === null) return '';
  const { anchor, tag } = node as Node & { anchor?: string };
  const written = tag === undefined || tag.startsWith('!') ? tag : `!<${tag}>`;
  return [
    anchor === undefined ? '' : `&${anchor} `,
    written === undefined ? '' : `${written} `,
  ].join('');
}
