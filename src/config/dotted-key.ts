import type { TomlDocument, TomlNode, TomlPath } from '../toml/document.ts';
import { parseToml } from '../toml/parse-toml.ts';

/**
 * Parses a key as typed by an operator: dotted, with quoted parts where TOML requires it (`labels."my key"`).
 * @returns its parts, or `undefined` if it is not a complete key
 */
export function parseDottedKey(text: string): string[] | undefined {
  const typed = text.trim();
  const parsed = parseToml(`${typed} = 0`);
  if (!parsed.ok) return undefined;
  const [entry, ...others] = parsed.document.entries;
  if (entry === undefined || others.length > 0) return undefined;
  const { start, end } = entry.keyRange;
  return start === 0 && end === typed.length ? entry.path.map(String) : undefined;
}

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
