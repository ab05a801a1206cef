import type { ListNode, TomlDocument, TomlNode, TomlPath } from '../toml/document.ts';

/**
 * Turns paths of a document into names: an element of an array of tables by its `name` or `id` if that is unique,
 * otherwise by its index.
 */
export function namerOf(document: TomlDocument): (path: TomlPath) => string[] {
  const lists = new Map<ListNode, readonly string[]>();
  const labelsOf = (list: ListNode) => {
    const labels = lists.get(list) ?? elementLabels(list);
    lists.set(list, labels);
    return labels;
  };
  return (path) => {
    let node: TomlNode | undefined = document.root;
    return path.map((step) => {
      if (node?.kind === 'list') {
        const label = labelsOf(node)[Number(step)];
        node = node.elements[Number(step)];
        return label ?? String(step);
      }
      node = node?.kind === 'table' ? node.children.get(String(step)) : undefined;
      return String(step);
    });
  };
}

function elementLabels({ elements }: ListNode): string[] {
  const names = elements.map(nameOf);
  const counts = new Map<string | undefined, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, index) =>
    name !== undefined && counts.get(name) === 1 ? name : String(index),
  );
}

export function nameOf(element: TomlNode): string | undefined {
  if (element.kind !== 'table') return undefined;
  const named = ['name', 'id'].map((key) => element.children.get(key));
  const entry = named.find((child) => child?.kind === 'entry' && typeof child.value !== 'object');
  return entry?.kind === 'entry' ? String(entry.value) : undefined;
}
