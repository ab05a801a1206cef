import type { TomlDocument, TomlNode, TomlPath } from '../toml/document.ts';

/**
 * A path made of names: an element of an array of tables by its `name` or `id` if that is unique,
 * otherwise by its index.
 */
export function namesOf(document: TomlDocument, path: TomlPath): string[] {
  let node: TomlNode | undefined = document.root;
  return path.map((step) => {
    if (node?.kind !== 'list') {
      node = node?.kind === 'table' ? node.children.get(String(step)) : undefined;
      return String(step);
    }
    const names = node.elements.map(nameOf);
    node = node.elements[Number(step)];
    const name = names[Number(step)];
    const unique = name !== undefined && names.indexOf(name) === names.lastIndexOf(name);
    return unique ? name : String(step);
  });
}

export function nameOf(element: TomlNode): string | undefined {
  if (element.kind !== 'table') return undefined;
  const named = ['name', 'id'].map((key) => element.children.get(key));
  const entry = named.find((child) => child?.kind === 'entry' && typeof child.value !== 'object');
  return entry?.kind === 'entry' ? String(entry.value) : undefined;
}
