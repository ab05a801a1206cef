/** A parsed file as a flat map of paths, for an account of a merge that knows nothing of trees. */
import type { ListNode, TomlDocument, TomlEntry, TomlNode } from '../../../src/toml/document.ts';
import { parseToml } from '../../../src/toml/parse-toml.ts';
import { canonicalToml } from '../../../src/toml/value.ts';

export interface FlatLeaf {
  readonly means: string;
  /** The value's bytes. */
  readonly literal: string;
  readonly entry: TomlEntry;
}

export interface Flat {
  readonly document: TomlDocument;
  readonly leaves: ReadonlyMap<string, FlatLeaf>;
  /** What stands at a path, leaves among them. */
  readonly kinds: ReadonlyMap<string, TomlNode['kind']>;
}

export function read(text: string): TomlDocument {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(`${parsed.fault.line}: ${parsed.fault.message}\n${text}`);
  return parsed.document;
}

/**
 * @param nameLists gives the key by which the elements of a list are named in all files, or
 *   undefined for a list that is left out of the account
 */
export function flatten(
  document: TomlDocument,
  nameLists: (path: string) => string | undefined,
): Flat {
  const leaves = new Map<string, FlatLeaf>();
  const kinds = new Map<string, TomlNode['kind']>();
  const visit = (node: TomlNode, path: string): void => {
    kinds.set(path, node.kind);
    if (node.kind === 'entry') {
      const literal = document.text.slice(node.valueRange.start, node.valueRange.end);
      leaves.set(path, { means: canonicalToml(node.value), literal, entry: node });
      return;
    }
    if (node.kind === 'list') {
      const name = nameLists(path);
      if (name === undefined) return;
      for (const element of node.elements) visit(element, `${path}/${nameOf(element, name)}`);
      return;
    }
    for (const [key, child] of node.children) visit(child, `${path}/${JSON.stringify(key)}`);
  };
  visit(document.root, '');
  return { document, leaves, kinds };
}

/** For lists at one path in all files: the key that names the elements in each, if there is one. */
export function commonNames(
  documents: readonly TomlDocument[],
): (path: string) => string | undefined {
  const names = new Map<string, Set<string>>();
  for (const document of documents) {
    const visit = (node: TomlNode, path: string): void => {
      if (node.kind === 'entry') return;
      if (node.kind === 'list') {
        const own = new Set(['name', 'id'].filter((key) => isNaming(node, key)).slice(0, 1));
        const known = names.get(path) ?? own;
        names.set(path, new Set([...known].filter((key) => own.has(key))));
        for (const element of node.elements) visit(element, `${path}/*`);
        return;
      }
      for (const [key, child] of node.children) visit(child, `${path}/${JSON.stringify(key)}`);
    };
    visit(document.root, '');
  }
  return (path) => [...(names.get(path.replace(/\/#[^/]*/g, '/*')) ?? [])][0];
}

function isNaming(list: ListNode, key: string): boolean {
  const all = list.elements.map((element) => nameOf(element, key));
  return !all.includes('#') && new Set(all).size === all.length;
}

function nameOf(element: TomlNode, key: string): string {
  const child = element.kind === 'table' ? element.children.get(key) : undefined;
  const isName = child?.kind === 'entry' && ['string', 'bigint'].includes(typeof child.value);
  return isName ? `#${canonicalToml(child.value).replaceAll('/', '|')}` : '#';
}
