import type { ListNode, Section, TableNode, TomlDocument, TomlNode, TomlPath } from './document.ts';

/** The node at a path, or how far the path exists. */
export interface Found {
  readonly node?: TomlNode;
  /** With elements of arrays of tables by their index. In a renamed tree, `node.path` is the one in the text. */
  readonly path: TomlPath;
  /** The last table on the path. */
  readonly table: TableNode;
  readonly tablePath: TomlPath;
  /** The keys that are missing below `table`; empty if `node` was found. */
  readonly missing: readonly string[];
}

/**
 * Follows a path. An element of an array of tables is named by its index, or by the value of its
 * `name` or `id`.
 */
export function findInToml(root: TableNode, path: TomlPath): Found {
  let node: TomlNode = root;
  let table = root;
  let tablePath: TomlPath = [];
  const at: (string | number)[] = [];
  for (const [depth, step] of path.entries()) {
    const next: TomlNode | undefined =
      node.kind === 'list'
        ? elementOf(node, step)
        : node.kind === 'table'
          ? node.children.get(String(step))
          : undefined;
    if (next === undefined) {
      return { path: at, table, tablePath, missing: path.slice(depth).map(String) };
    }
    at.push(node.kind === 'list' ? node.elements.indexOf(next as TableNode) : String(step));
    node = next;
    if (node.kind === 'table') [table, tablePath] = [node, [...at]];
  }
  return { node, path: at, table, tablePath, missing: [] };
}

function elementOf(list: ListNode, step: string | number): TableNode | undefined {
  if (typeof step === 'number') return list.elements[step];
  const elements = elementsByName.get(list) ?? namedElements(list);
  elementsByName.set(list, elements);
  return elements.get(step);
}

/** Each list of a document is indexed once, because one command looks up many of its elements. */
const elementsByName = new WeakMap<ListNode, ReadonlyMap<string, TableNode>>();

function namedElements({ elements }: ListNode): ReadonlyMap<string, TableNode> {
  const names = new Map<string, TableNode>();
  for (const element of elements) {
    for (const key of ['name', 'id']) {
      const child = element.children.get(key);
      if (child?.kind !== 'entry' || names.has(String(child.value))) continue;
      names.set(String(child.value), element);
    }
  }
  return names;
}

/** The tables on a path that are elements of arrays of tables; outermost first. */
export function elementsOn(root: TableNode, path: TomlPath): TableNode[] {
  return path.flatMap((step, depth) => {
    if (typeof step !== 'number') return [];
    const { node } = findInToml(root, path.slice(0, depth + 1));
    return node?.kind === 'table' ? [node] : [];
  });
}

/** The offset after the last line of a section. */
export function endOfSection(document: TomlDocument, section: Section): number {
  return section.items.at(-1)?.end ?? section.header?.end ?? document.start;
}
