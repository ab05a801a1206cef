import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import type { Outcomes } from './decide.ts';
import type { Body, Entry } from './layout.ts';
import type { Source } from './source.ts';

/** One entry of the new collection: what separates it from the one before, and its own text. */
interface Piece {
  readonly key: string;
  readonly before: string | undefined;
  readonly text: string;
}

/** A `{…}` or `[…]` of the operator's with the vendor's changes in it, as new text. */
export function mergeFlow(
  current: Source,
  body: Body,
  incoming: Source,
  vendors: Body,
  outcomes: Outcomes,
): string {
  const pieces: Piece[] = [];
  let end = body.start + 1;
  let separator = ', ';
  for (const entry of body.entries.values()) {
    const before = current.text.slice(end, entry.start);
    end = entry.contentEnd;
    if (before.includes(',') && !before.includes('#')) separator = before;
    if (outcomes.get(entry.key)?.do === 'drop') continue;
    const text = mergeFlowEntry(current, entry, incoming, vendors.entries.get(entry.key), outcomes);
    pieces.push({ key: entry.key, before: before.includes(',') ? before : undefined, text });
  }
  let at = 0;
  for (const entry of vendors.entries.values()) {
    const present = pieces.findIndex(({ key }) => key === entry.key);
    if (outcomes.get(entry.key)?.do === 'add') {
      pieces.splice(at, 0, { key: entry.key, before: undefined, text: flowEntry(incoming, entry) });
      at += 1;
    } else if (present >= 0) at = present + 1;
  }
  const open = current.text.slice(body.start, body.start + 1);
  if (pieces.length === 0) return open + current.text.slice(body.end - 1, body.end);
  const [first] = body.entries.values();
  const lead = first === undefined ? '' : current.text.slice(body.start + 1, first.start);
  const close =
    first === undefined
      ? current.text.slice(body.end - 1, body.end)
      : current.text.slice(end, body.end);
  return (
    open +
    pieces.map(({ before, text }, i) => (i === 0 ? lead : (before ?? separator)) + text).join('') +
    close
  );
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

/** Anchor and tag, written out, with a space behind them. */
export function markText(node: Node | null): string {
  if (node === null) return '';
  const { anchor, tag } = node as Node & { anchor?: string };
  const written = tag === undefined || tag.startsWith('!') ? tag : `!<${tag}>`;
  return [
    anchor === undefined ? '' : `&${anchor} `,
    written === undefined ? '' : `${written} `,
  ].join('');
}
