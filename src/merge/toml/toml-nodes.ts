/** Queries on the nodes of a parsed TOML file, for the merge. */
import type {
  ListNode,
  Note,
  Pair,
  Remarks,
  Section,
  TableNode,
  TomlNode,
} from '../../toml/document.ts';
import { canonicalToml } from '../../toml/value.ts';
import type { KeyPath } from '../result.ts';

/** Whether the table was written explicitly: with a header or as an inline table. */
export function isDeclared(table: TableNode): boolean {
  return table.form.kind === 'section' || table.form.kind === 'inline';
}

/** The pair that sets a node's value, for a leaf or an inline table. */
export function pairOf(node: TomlNode): Pair | undefined {
  if (node.kind === 'entry') return node.pair;
  return node.kind === 'table' && node.form.kind === 'inline' ? node.form.table.pair : undefined;
}

/** The comments of a node; absent if it has no line of its own. */
export function remarksOf(node: TomlNode): Remarks | undefined {
  if (node.kind === 'table' && node.form.kind === 'section') {
    return node.form.section.header?.remarks;
  }
  const pair = pairOf(node);
  return pair?.container.kind === 'section' ? pair.statement.remarks : undefined;
}

export function sameLead(a: Remarks, b: Remarks): boolean {
  return a.lead.length === b.lead.length && a.lead.every((text, n) => text === b.lead[n]);
}

/**
 * One text for all ways to write the same keys and values. Follows `canonicalToml`, so that an array
 * of tables equals an array of inline tables.
 */
function canonicalNode(node: TomlNode): string {
  if (node.kind === 'entry') return canonicalToml(node.value);
  if (node.kind === 'list') return `[${node.elements.map(canonicalNode).join()}]`;
  const keys = [...node.children].map(
    ([key, child]) => `${JSON.stringify(key)}:${canonicalNode(child)}`,
  );
  return `{${keys.sort().join()}}`;
}

export function sameNode(a: TomlNode, b: TomlNode): boolean {
  return canonicalNode(a) === canonicalNode(b);
}

/** Distinguishes comments from base from those that the operator wrote. */
export type IsKnown = (comment: string) => boolean;

function isOwnNote(note: Note, isKnown: IsKnown): boolean {
  return !note.comments.every(isKnown);
}

/** Whether the operator left the comments of this node, and those inside its value, unchanged. */
export function remarksUntouched(base: TomlNode, current: TomlNode, isKnown: IsKnown): boolean {
  const [before, now] = [remarksOf(base), remarksOf(current)];
  if (now && before && !(sameLead(before, now) && before.trail === now.trail)) return false;
  if (now && !before && (now.lead.length > 0 || now.trail !== undefined)) return false;
  if (current.kind === 'table' && current.form.kind === 'section') {
    return !notesOf(current.form.section).some((note) => isOwnNote(note, isKnown));
  }
  return (pairOf(current)?.innerComments ?? []).every(isKnown);
}

export function notesOf(section: Section): Note[] {
  return section.items.filter((item) => item.kind === 'note');
}

/** Whether the operator changed neither a value nor a comment in this node. */
export function isUntouched(base: TomlNode, current: TomlNode, isKnown: IsKnown): boolean {
  if (base.kind === 'list' || current.kind === 'list') {
    return (
      base.kind === 'list' &&
      current.kind === 'list' &&
      base.elements.length === current.elements.length &&
      current.elements.every((element, n) => {
        const before = base.elements[n];
        return before !== undefined && isUntouched(before, element, isKnown);
      })
    );
  }
  if (base.kind === 'entry' || current.kind === 'entry') {
    return sameNode(base, current) && remarksUntouched(base, current, isKnown);
  }
  if (base.children.size !== current.children.size) return false;
  for (const [key, child] of current.children) {
    const before = base.children.get(key);
    if (before === undefined || !isUntouched(before, child, isKnown)) return false;
  }
  return remarksUntouched(base, current, isKnown);
}

/** Every comment of a node and of everything below it; for a section, including its notes. */
export function commentsOf(node: TomlNode): string[] {
  const pair = pairOf(node);
  const { lead = [], trail } = remarksOf(node) ?? {};
  const own = [...lead, ...(trail === undefined ? [] : [trail]), ...(pair?.innerComments ?? [])];
  if (pair || node.kind === 'entry') return own;
  if (node.kind === 'list') return node.elements.flatMap(commentsOf);
  if (node.form.kind === 'section') {
    const { section } = node.form;
    own.push(...[...section.banner, ...notesOf(section)].flatMap((note) => note.comments));
  }
  return [...own, ...[...node.children.values()].flatMap(commentsOf)];
}

/** The paths of all leaves and empty tables of a node at `path`. */
export function leafPaths(node: TomlNode, path: KeyPath): KeyPath[] {
  if (node.kind === 'entry') return [path];
  if (node.kind === 'list') {
    const labels = labelsOf(node);
    return node.elements.flatMap((element, n) => leafPaths(element, [...path, labels[n] ?? n]));
  }
  if (node.children.size === 0) return [path];
  return [...node.children].flatMap(([key, child]) => leafPaths(child, [...path, key]));
}

export type Identity = 'name' | 'id';

/** The key that identifies the elements of every given list: present in each, and unique in its list. */
export function identityOf(lists: readonly ListNode[]): Identity | undefined {
  return (['name', 'id'] as const).find((key) =>
    lists.every(({ elements }) => {
      const seen = new Set(elements.map((element) => identityValue(element, key)));
      return seen.size === elements.length && !seen.has(undefined);
    }),
  );
}

export function identityValue(element: TableNode, key: Identity): string | undefined {
  const child = element.children.get(key);
  if (child?.kind !== 'entry') return undefined;
  const { value } = child;
  return typeof value === 'string' || typeof value === 'bigint' ? canonicalToml(value) : undefined;
}

/** How paths name the elements: by their identifying key, otherwise by index. */
export function labelsOf(list: ListNode, identity = identityOf([list])): (string | number)[] {
  return list.elements.map((element, n) => (identity && labelIn(element, identity)) ?? n);
}

export function labelIn(element: TableNode, key: Identity): string | undefined {
  const child = element.children.get(key);
  return child?.kind === 'entry' ? String(child.value) : undefined;
}

/**
 * Whether an element of `list` has a different position than in `base`, so that an index does
 * not identify it.
 */
export function hasMoved(base: ListNode, list: ListNode): boolean {
  const before = base.elements.map(canonicalNode);
  const known = new Set(before);
  return list.elements.map(canonicalNode).some((text, n) => text !== before[n] && known.has(text));
}
