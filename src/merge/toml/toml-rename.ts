/** Keys and tables that the vendor renamed keep the operator's value and comments. */
import type {
  Pair,
  Section,
  TableNode,
  TomlDocument,
  TomlNode,
  TomlPath,
} from '../../toml/document.ts';
import { findInToml } from '../../toml/find.ts';
import { parseToml } from '../../toml/parse-toml.ts';
import { orderedRenames, type Rename, throughEarlier } from '../renames.ts';
import type { KeyChange, KeyPath } from '../result.ts';
import { labelsOf, pairOf } from './toml-nodes.ts';
import { TomlSplicer } from './toml-splicer.ts';

/** A rename in one file, with elements of arrays of tables by their index. */
interface PlacedRename {
  readonly from: TomlPath;
  readonly to: TomlPath;
}

interface Renamed {
  readonly base: TomlDocument;
  readonly current: TomlDocument;
  readonly changes: readonly KeyChange[];
  readonly applied: readonly {
    readonly inBase: PlacedRename | undefined;
    readonly inCurrent: PlacedRename | undefined;
  }[];
}

/**
 * Applies every rename between base and incoming to the base tree and to the operator's text: base has the old key,
 * incoming the new one. If the new name is a table that already exists, each key of the old table moves into it.
 */
export function renameKeys(
  documents: Record<'base' | 'current' | 'incoming', TomlDocument>,
  renames: readonly Rename[],
): Renamed {
  const { incoming } = documents;
  let { base, current } = documents;
  const changes: KeyChange[] = [];
  const applied: Renamed['applied'][number][] = [];
  const earlier: Rename[] = [];
  const apply = (rename: Rename): void => {
    const { from, to } = rename;
    const roots = { base: base.root, current: current.root, incoming: incoming.root };
    if (!isRename(roots, rename)) return;
    const keys = keysToMove([roots.base, roots.current], rename);
    if (keys !== undefined) {
      for (const key of keys) apply({ from: [...from, key], to: [...to, key] });
      return;
    }
    if (has(roots.base, to)) return;
    const inBase = placeRename(roots.base, rename);
    const inCurrent = placeRename(roots.current, rename);
    const renamed = inCurrent && renameInText(current, incoming, inCurrent);
    // If a value or another form in the operator's file is in the way, the old key is unchanged.
    if (!renamed && has(roots.current, from) && !has(roots.current, to)) return;
    earlier.push(rename);
    if (inBase) base = { ...base, root: renameInTree(base.root, inBase) };
    if (renamed) {
      current = renamed;
      changes.push({ path: to, kind: 'renamed', from });
    }
    applied.push({ inBase, inCurrent });
  };
  for (const { from, to } of orderedRenames(renames)) {
    apply({ from: throughEarlier(from, earlier), to });
  }
  return { base, current, changes, applied };
}

/**
 * The tree of a file that an earlier release rendered, with the names of a later release.
 * @param later the later release's tree of the same file
 */
export function renamedTree(
  file: TableNode,
  later: TableNode,
  renames: readonly Rename[],
): TableNode {
  let root = file;
  const earlier: Rename[] = [];
  const apply = (rename: Rename): void => {
    const { from, to } = rename;
    if (!isRename({ base: root, current: root, incoming: later }, rename)) return;
    const keys = keysToMove([root], rename);
    for (const key of keys ?? []) apply({ from: [...from, key], to: [...to, key] });
    const placed = keys === undefined ? placeRename(root, rename) : undefined;
    if (placed === undefined) return;
    earlier.push(rename);
    root = renameInTree(root, placed);
  };
  for (const { from, to } of orderedRenames(renames)) {
    apply({ from: throughEarlier(from, earlier), to });
  }
  return root;
}

/** A key in incoming with the old name is the vendor's new one if base has the old name: then it is not the same key. */
function isRename(
  { base, current, incoming }: Record<'base' | 'current' | 'incoming', TableNode>,
  { from, to }: Rename,
): boolean {
  if (!has(incoming, to) || !(has(base, from) || has(current, from))) return false;
  return !has(incoming, from) || has(base, from);
}

/** The keys to move one by one, if a renamed table has to be merged into a table that already has the new name. */
function keysToMove(
  roots: readonly TableNode[],
  { from, to }: Rename,
): ReadonlySet<string> | undefined {
  const tables = (path: KeyPath) =>
    roots.flatMap((root) => {
      const { node } = findInToml(root, path);
      return node?.kind === 'table' ? [node] : [];
    });
  const old = tables(from);
  if (old.length === 0 || tables(to).length === 0) return undefined;
  return new Set(old.flatMap(({ children }) => [...children.keys()]));
}

function has(root: TableNode, path: KeyPath): boolean {
  return findInToml(root, path).node !== undefined;
}

/** The rename in a file that has the old key but not the new one. */
function placeRename(root: TableNode, { from, to }: Rename): PlacedRename | undefined {
  const old = findInToml(root, from);
  const { node, tablePath, missing } = findInToml(root, to);
  const target = [...tablePath, ...missing];
  if (!old.node || node || target.length !== to.length) return undefined;
  const sameElement = elementPath(old.path) === elementPath(target);
  return sameElement ? { from: old.path, to: target } : undefined;
}

/** A tree in which the node at `from` is moved to `to`. */
function renameInTree(root: TableNode, { from, to }: PlacedRename): TableNode {
  const { node } = findInToml(root, from);
  return node ? hang(hang(root, from, undefined), to, node) : root;
}

/**
 * The operator's file with the renamed key; undefined if the result would not be TOML. A key
 * that stays in its table keeps its line. A key that moves to another table goes where the vendor has it.
 */
function renameInText(
  current: TomlDocument,
  incoming: TomlDocument,
  rename: PlacedRename,
): TomlDocument | undefined {
  const splicer = new TomlSplicer(current, incoming);
  const { node } = findInToml(current.root, rename.from);
  const target = findInToml(incoming.root, rename.to).node;
  const like = target && firstPair(target);
  if (!node || !like) return undefined;
  matchTrees(splicer, current.root, incoming.root);
  new Renamer(splicer, current, rename, like).visit(node, []);
  const parsed = parseToml(splicer.text());
  return parsed.ok ? parsed.document : undefined;
}

/** So that moved keys find their neighbours. */
function matchTrees(splicer: TomlSplicer, current: TomlNode, incoming: TomlNode): void {
  splicer.insertions.match(current, incoming);
  if (current.kind === 'list' && incoming.kind === 'list') {
    const there = new Map(labelsOf(incoming).map((label, n) => [label, incoming.elements[n]]));
    for (const [n, label] of labelsOf(current).entries()) {
      const [own, match] = [current.elements[n], there.get(label)];
      if (own && match) matchTrees(splicer, own, match);
    }
  } else if (current.kind === 'table' && incoming.kind === 'table') {
    for (const [key, child] of current.children) {
      const match = incoming.children.get(key);
      if (match) matchTrees(splicer, child, match);
    }
  }
}

class Renamer {
  readonly #splicer: TomlSplicer;
  readonly #current: TomlDocument;
  readonly #rename: PlacedRename;
  readonly #like: Pair;

  constructor(splicer: TomlSplicer, current: TomlDocument, rename: PlacedRename, like: Pair) {
    this.#splicer = splicer;
    this.#current = current;
    this.#rename = rename;
    this.#like = like;
  }

  /** @param below the keys from the renamed node to this one */
  visit(node: TomlNode, below: readonly string[]): void {
    const pair = pairOf(node);
    if (pair) {
      this.#pair(node, pair, below);
    } else if (node.kind === 'list') {
      for (const element of node.elements) this.visit(element, below);
    } else if (node.kind === 'table') {
      if (node.form.kind === 'section') this.#header(node.form.section, below);
      for (const [key, child] of node.children) this.visit(child, [...below, key]);
    }
  }

  #header({ header }: Section, below: readonly string[]): void {
    if (header) this.#splicer.rename(header.keyRange, [...keysOnly(this.#rename.to), ...below]);
  }

  #pair({ path }: TomlNode, pair: Pair, below: readonly string[]): void {
    const { from, to } = this.#rename;
    const container = path.slice(0, path.length - pair.names.length);
    // Everything in the lines or braces of the renamed table moves with it.
    if (container.length >= from.length) return;
    if (startsWith(to, container) && this.#fitsWhereItIs(pair, container.length)) {
      this.#splicer.rename(pair.keyRange, [...keysOnly(to.slice(container.length)), ...below]);
      return;
    }
    const { table, missing } = findInToml(this.#current.root, to);
    this.#splicer.move(pair, { table, names: [...missing, ...below] }, this.#like);
  }

  /** Whether the new key can be written in the same section or inline table, with dots if necessary. */
  #fitsWhereItIs(pair: Pair, depth: number): boolean {
    const { to } = this.#rename;
    const tables = to.slice(depth, -1).map((_, n) => {
      return findInToml(this.#current.root, to.slice(0, depth + n + 1)).node;
    });
    return tables.every((node) => {
      if (node === undefined) return pair.names.length > 1;
      if (node.kind !== 'table' || node.form.kind !== 'dotted') return false;
      return node.form.container === pair.container;
    });
  }
}

function hang(table: TableNode, [step, ...rest]: TomlPath, node: TomlNode | undefined): TableNode {
  const children = new Map(table.children);
  const key = String(step);
  const child = children.get(key);
  if (rest.length === 0) {
    if (node) children.set(key, node);
    else children.delete(key);
  } else if (child?.kind === 'list') {
    const [index, ...below] = rest;
    const elements = child.elements.map((e, n) => (n === index ? hang(e, below, node) : e));
    children.set(key, { ...child, elements });
  } else {
    const parent: TableNode =
      child?.kind === 'table'
        ? child
        : { kind: 'table', path: [], form: { kind: 'implied' }, children: new Map() };
    const next = hang(parent, rest, node);
    const isEmpty = next.children.size === 0 && !['section', 'inline'].includes(next.form.kind);
    if (isEmpty) children.delete(key);
    else children.set(key, next);
  }
  return { ...table, children };
}

function firstPair(node: TomlNode): Pair | undefined {
  const pair = pairOf(node);
  if (pair) return pair;
  const below =
    node.kind === 'list' ? node.elements : node.kind === 'table' ? [...node.children.values()] : [];
  for (const child of below) {
    const found = firstPair(child);
    if (found) return found;
  }
  return undefined;
}

function elementPath(path: TomlPath): string {
  const last = path.findLastIndex((step) => typeof step === 'number');
  return JSON.stringify(path.slice(0, last + 1));
}

function keysOnly(path: TomlPath): string[] {
  return path.filter((step) => typeof step === 'string');
}

function startsWith(path: TomlPath, start: TomlPath): boolean {
  return start.length < path.length && start.every((step, n) => path[n] === step);
}
