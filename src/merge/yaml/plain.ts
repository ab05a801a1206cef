import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import type { KeyPath } from '../result.ts';
import { elementKeyAt } from './compose-lists.ts';

/**
 * The meaning of a YAML node, without position or style. Anchors are not expanded: an alias is a leaf
 * with the path that it points to. So equal trees are also equal when expanded, and
 * input cannot grow exponentially. `mark` is the node's anchor and tag.
 */
export type Plain = PlainLeaf | PlainSequence | PlainEntries;

interface PlainLeaf {
  readonly kind: 'leaf';
  readonly mark: string;
  readonly value: string;
}

/** A sequence that is one value: equal only if all items are, in order. */
interface PlainSequence {
  readonly kind: 'sequence';
  readonly mark: string;
  readonly items: readonly Plain[];
}

/** A mapping, or a list whose elements have their own keys; order does not matter. */
export interface PlainEntries {
  readonly kind: 'map' | 'list';
  readonly mark: string;
  readonly entries: ReadonlyMap<string, Plain>;
}

/** Something that cannot be read, at an offset of the text. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** @throws YamlFault for a duplicate key or an alias without an anchor */
export function plainOf(root: Node | null): Plain {
  return read(root, [], new Map());
}

export function samePlain(a: Plain | undefined, b: Plain | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind !== b.kind || a.mark !== b.mark) return false;
  if (a.kind === 'leaf') return a.value === (b as PlainLeaf).value;
  if (a.kind === 'sequence') {
    const { items } = b as PlainSequence;
    return a.items.length === items.length && a.items.every((item, i) => samePlain(item, items[i]));
  }
  const { entries } = b as PlainEntries;
  if (a.entries.size !== entries.size) return false;
  for (const [key, value] of a.entries) if (!samePlain(value, entries.get(key))) return false;
  return true;
}

/**
 * Whether two nodes have the same words: a word in quotes is the same as a plain one. The vendor's quotes around a word alone
 * are no reason to take an operator's value away.
 */
export function sameWords(a: Plain | undefined, b: Plain | undefined): boolean {
  return a !== undefined && b !== undefined && samePlain(unquoted(a), unquoted(b));
}

function unquoted(plain: Plain): Plain {
  if (plain.kind === 'leaf') return { ...plain, value: plain.value.replace(/^"/, '') };
  if (plain.kind === 'sequence') return { ...plain, items: plain.items.map(unquoted) };
  const entries = [...plain.entries].map(([key, value]) => [key, unquoted(value)] as const);
  return { ...plain, entries: new Map(entries) };
}

/** The name of a key in a path: its value if it is a string, otherwise its source text. */
export function keyName(key: unknown, anchors: Map<string, KeyPath> = new Map()): string {
  if (isScalar(key)) return typeof key.value === 'string' ? key.value : (key.source ?? '');
  return JSON.stringify(read(key as Node | null, [], anchors), (_, value) =>
    value instanceof Map ? [...value] : value,
  );
}

function read(node: unknown, path: KeyPath, anchors: Map<string, KeyPath>): Plain {
  if (node === null || node === undefined) return { kind: 'leaf', mark: '', value: 'null' };
  const offset = (node as Node).range?.[0] ?? 0;
  if (isAlias(node)) {
    const pointsTo = anchors.get(node.source);
    if (pointsTo === undefined) {
      throw new YamlFault(offset, `*${node.source} has no anchor &${node.source} before it`);
    }
    return { kind: 'leaf', mark: '', value: `*${node.source} ${JSON.stringify(pointsTo)}` };
  }
  const { anchor, tag } = node as Node & { anchor?: string };
  const mark = `${anchor === undefined ? '' : `&${anchor}`}${tag === undefined ? '' : ` !${tag}`}`;
  if (anchor !== undefined) anchors.set(anchor, path);
  if (isMap(node)) return { kind: 'map', mark, entries: readPairs(node.items, path, anchors) };
  if (isSeq(node)) {
    const keys = elementKeys(node.items, path);
    const items = node.items.map((item, i) => read(item, [...path, keys?.[i] ?? i], anchors));
    if (keys === undefined) return { kind: 'sequence', mark, items };
    return { kind: 'list', mark, entries: new Map(keys.map((key, i) => [key, items[i] as Plain])) };
  }
  return { kind: 'leaf', mark, value: isScalar(node) ? scalarIdentity(node) : '' };
}

function readPairs(
  pairs: readonly Pair[],
  path: KeyPath,
  anchors: Map<string, KeyPath>,
): ReadonlyMap<string, Plain> {
  const entries = new Map<string, Plain>();
  for (const { key, value } of pairs) {
    const name = keyName(key, anchors);
    if (entries.has(name)) {
      throw new YamlFault((key as Node | null)?.range?.[0] ?? 0, `duplicate key "${name}"`);
    }
    entries.set(name, read(value, [...path, name], anchors));
  }
  return entries;
}

/** The elements' own keys, or undefined if the sequence at `path` is one value. */
function elementKeys(items: readonly unknown[], path: KeyPath): string[] | undefined {
  const keyOf = elementKeyAt(path);
  if (keyOf === undefined) return undefined;
  const keys: string[] = [];
  for (const item of items) {
    if (!isScalar(item) || item.value === null) return undefined;
    keys.push(keyOf(keyName(item)));
  }
  return new Set(keys).size === keys.length ? keys : undefined;
}

/**
 * Plain words that YAML 1.1 and 1.2 read differently: booleans, octal, base-60 and grouped numbers,
 * dates. Docker reads some of them the old way, so they are equal only if their source text is equal.
 */
const ambiguous =
  /^(y|n|yes|no|on|off|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?[0-9._]+|[-+]?0[box][0-9a-f_]+|\d{4}-\d\d?-\d\d?.*)$/i;

function scalarIdentity(node: Scalar): string {
  if (node.value === null) return 'null';
  const source = node.source ?? '';
  const word = node.type === Scalar.PLAIN;
  if (typeof node.value === 'string' && !(word && ambiguous.test(source))) return `"${node.value}`;
  return source;
}
