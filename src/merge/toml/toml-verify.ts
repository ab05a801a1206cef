import type { TomlDocument } from '../../toml/document.ts';
import { type PlainList, type PlainNode, type PlainTable, toPlain, type Words } from '../plain.ts';
import type { KeyPath, OnConflict } from '../result.ts';

/** Why a merged file must not be used, or `undefined`. */
export function findDoubt(
  base: TomlDocument,
  current: TomlDocument,
  result: TomlDocument,
  expected: PlainTable,
): string | undefined {
  if (!meansSame(expected, toPlain(result, new Set()))) {
    return 'The merged text does not match the merged values';
  }
  return hasOwnComments(base, current, result)
    ? undefined
    : 'The merged text is missing one of your comments';
}

/** Whether every comment of the operator occurs as often as the operator wrote it. */
function hasOwnComments(base: TomlDocument, current: TomlDocument, result: TomlDocument): boolean {
  const [before, after] = [countOf(base.comments), countOf(result.comments)];
  return [...countOf(current.comments)].every(
    ([comment, count]) => (after.get(comment) ?? 0) >= count - (before.get(comment) ?? 0),
  );
}

function countOf(comments: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const comment of comments) counts.set(comment, (counts.get(comment) ?? 0) + 1);
  return counts;
}

/**
 * The merge of the plain values, implemented independently of the splicer so that each checks the other.
 * A result that differs from this one is not used.
 */

type Maybe<T> = T | undefined;

/** The values that the merged file must have. The order of keys in a table does not matter, the order of elements does. */
export function mergePlain(
  base: PlainTable,
  current: PlainTable,
  incoming: PlainTable,
  onConflict: OnConflict,
): PlainTable {
  const keys = mergeKeys(base, current, incoming, onConflict === 'theirs');
  return { ...current, keys };
}

/** The tree with the node at `from` moved to `to`. Elements of lists are named by index. */
export function renamePlain(
  root: PlainTable,
  rename: Maybe<{ readonly from: KeyPath; readonly to: KeyPath }>,
): PlainTable {
  let moved: Maybe<PlainNode> = root;
  for (const step of rename?.from ?? []) {
    if (moved?.kind === 'list') moved = moved.elements[Number(step)];
    else moved = moved?.kind === 'table' ? moved.keys.get(String(step)) : undefined;
  }
  if (!rename || !moved) return root;
  return withNode(withNode(root, rename.from, undefined), rename.to, moved);
}

function withNode(table: PlainTable, path: KeyPath, node: Maybe<PlainNode>): PlainTable {
  const [name, ...rest] = [String(path[0]), ...path.slice(1)];
  const keys = new Map(table.keys);
  const child = keys.get(name);
  let next = node;
  if (rest.length > 0 && child?.kind === 'list') {
    const elements = [...child.elements];
    const index = Number(rest[0]);
    const element = elements[index];
    if (element) elements[index] = withNode(element, rest.slice(1), node);
    next = { kind: 'list', elements };
  } else if (rest.length > 0) {
    const inner = child?.kind === 'table' ? child : undeclared;
    const table = withNode(inner, rest, node);
    next = table.declared || table.keys.size > 0 ? table : undefined;
  }
  if (next) keys.set(name, next);
  else keys.delete(name);
  return { ...table, keys };
}

const undeclared: PlainTable = {
  kind: 'table',
  declared: false,
  words: { own: false },
  keys: new Map(),
};

/** Whether two trees have the same keys and values, in any form. */
export function meansSame(a: Maybe<PlainNode>, b: Maybe<PlainNode>): boolean {
  return a === b || (a !== undefined && b !== undefined && digest(a) === digest(b));
}

/** As canonicalToml writes arrays and inline tables. */
function digest(node: PlainNode): string {
  if (node.kind === 'value') return node.means;
  if (node.kind === 'list') return `[${node.elements.map(digest).join(',')}]`;
  const pairs = [...node.keys].map(([key, child]) => `${JSON.stringify(key)}:${digest(child)}`);
  return `{${pairs.sort().join(',')}}`;
}

/** Whether nothing was changed: no value and no comment. */
function isPristine(b: PlainNode, c: PlainNode): boolean {
  if (b.kind === 'list' && c.kind === 'list') {
    return (
      b.elements.length === c.elements.length &&
      b.elements.every((element, n) => {
        const other = c.elements[n];
        return other !== undefined && isPristine(element, other);
      })
    );
  }
  if (b.kind === 'list' || c.kind === 'list' || !hasSameWords(b.words, c.words)) return false;
  if (b.kind === 'value' || c.kind === 'value') return meansSame(b, c);
  const names = new Set([...b.keys.keys(), ...c.keys.keys()]);
  return [...names].every((name) => {
    const [before, now] = [b.keys.get(name), c.keys.get(name)];
    return before !== undefined && now !== undefined && isPristine(before, now);
  });
}

function hasSameWords(b: Words, c: Words): boolean {
  return !c.own && (c.around === undefined || c.around === (b.around ?? ''));
}

function mergeKeys(
  b: Maybe<PlainTable>,
  c: Maybe<PlainTable>,
  i: Maybe<PlainTable>,
  theirs: boolean,
): Map<string, PlainNode> {
  const merged = new Map<string, PlainNode>();
  for (const name of new Set([...(c?.keys.keys() ?? []), ...(i?.keys.keys() ?? [])])) {
    const node = mergeNode(b?.keys.get(name), c?.keys.get(name), i?.keys.get(name), theirs);
    if (node) merged.set(name, node);
  }
  return merged;
}

function mergeNode(
  b: Maybe<PlainNode>,
  c: Maybe<PlainNode>,
  i: Maybe<PlainNode>,
  theirs: boolean,
): Maybe<PlainNode> {
  if (isTable(b) && isTable(c) && isTable(i)) return mergeTable(b, c, i, theirs);
  if (isList(b) && isList(c) && isList(i)) return mergeList(b, c, i, theirs);
  return choose(b, c, i, theirs);
}

/** One side wins as a whole. */
function choose<T extends PlainNode>(
  b: Maybe<T>,
  c: Maybe<T>,
  i: Maybe<T>,
  theirs: boolean,
): Maybe<T> {
  if (i === undefined) return b && c && isPristine(b, c) ? undefined : c;
  const operatorChanged = !meansSame(b, c);
  const vendorChanged = !meansSame(b, i);
  if (!operatorChanged) return meansSame(c, i) ? c : i;
  if (!vendorChanged) return c;
  return theirs ? i : c;
}

function mergeTable(
  b: Maybe<PlainTable>,
  c: Maybe<PlainTable>,
  i: Maybe<PlainTable>,
  theirs: boolean,
): Maybe<PlainTable> {
  if (c === undefined && (b === undefined || b.declared)) return choose(b, c, i, theirs);
  if (b === undefined && i === undefined) return c;
  const keys = mergeKeys(b, c, i, theirs);
  const shell = c ?? i;
  if (shell === undefined) return undefined;
  const pristineShell = b?.declared === true && c !== undefined && hasSameWords(b.words, c.words);
  const shellStands = c?.declared
    ? i !== undefined || !pristineShell
    : c !== undefined && i?.declared === true && b?.declared !== true;
  return keys.size > 0 || shellStands ? { ...shell, keys } : undefined;
}

function mergeList(
  b: Maybe<PlainList>,
  c: Maybe<PlainList>,
  i: Maybe<PlainList>,
  theirs: boolean,
): Maybe<PlainList> {
  const present = [b, c, i].filter((list) => list !== undefined);
  if (present.length === 1) return choose(b, c, i, theirs);
  const label = (['name', 'id'] as const).find((key) => present.every((l) => isLabelledBy(l, key)));
  if (label === undefined && !indexesAgree(b, c, i)) return choose(b, c, i, theirs);

  const [before, here, there] = [elementsBy(b, label), elementsBy(c, label), elementsBy(i, label)];
  const standing = new Map<string, PlainTable>();
  for (const [key, element] of here) {
    const vendor = there.get(key);
    const merged = vendor
      ? mergeElement(before.get(key), element, vendor, label !== undefined, theirs)
      : choose(before.get(key), element, undefined, theirs);
    if (merged) standing.set(key, merged);
  }
  // New elements go after the nearest preceding vendor element that exists here, otherwise first.
  const behind = new Map<Maybe<string>, PlainTable[]>([[undefined, []]]);
  let last: Maybe<string>;
  for (const [key, element] of there) {
    if (here.has(key)) {
      if (standing.has(key)) last = key;
      continue;
    }
    const added = choose(before.get(key), undefined, element, theirs);
    if (!added) continue;
    const others = behind.get(last);
    if (others) others.push(added);
    else behind.set(last, [added]);
  }
  const elements = [...(behind.get(undefined) ?? [])];
  for (const [key, element] of standing) elements.push(element, ...(behind.get(key) ?? []));
  return elements.length > 0 ? { kind: 'list', elements } : undefined;
}

function mergeElement(
  b: Maybe<PlainTable>,
  c: PlainTable,
  i: PlainTable,
  named: boolean,
  theirs: boolean,
): Maybe<PlainTable> {
  if (b === undefined && !named) return choose(b, c, i, theirs);
  return { ...c, keys: mergeKeys(b, c, i, theirs) };
}

function elementsBy(list: Maybe<PlainList>, label: Maybe<string>): Map<string, PlainTable> {
  const pairs = (list?.elements ?? []).map((element, n): [string, PlainTable] => [
    (label === undefined ? undefined : labelIn(element, label)) ?? `${n}`,
    element,
  ]);
  return new Map(pairs);
}

function labelIn(element: PlainTable, key: string): Maybe<string> {
  const node = element.keys.get(key);
  return node?.kind === 'value' ? node.label : undefined;
}

function isLabelledBy({ elements }: PlainList, key: string): boolean {
  const labels = elements.map((element) => labelIn(element, key));
  return !labels.includes(undefined) && new Set(labels).size === labels.length;
}

/** Whether an index appears to mean the same element on all sides. */
function indexesAgree(b: Maybe<PlainList>, c: Maybe<PlainList>, i: Maybe<PlainList>): boolean {
  if (b === undefined || c === undefined) return false;
  if (i === undefined || meansSame(b, c) || meansSame(b, i)) return true;
  return staysInPlace(b, c) && staysInPlace(b, i);
}

function staysInPlace(b: PlainList, other: PlainList): boolean {
  const before = b.elements.map(digest);
  const known = new Set(before);
  return other.elements.map(digest).every((text, n) => text === before[n] || !known.has(text));
}

function isTable(node: Maybe<PlainNode>): node is Maybe<PlainTable> {
  return node === undefined || node.kind === 'table';
}

function isList(node: Maybe<PlainNode>): node is Maybe<PlainList> {
  return node === undefined || node.kind === 'list';
}
