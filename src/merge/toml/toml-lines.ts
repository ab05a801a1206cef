import type { ListNode, TableNode, TomlDocument, TomlNode } from '../../toml/document.ts';
import type { KeyChange, KeyPath } from '../result.ts';
import { labelIn } from './toml-nodes.ts';

/** Adds to each change the line of its key in the document, if the key is there. */
export function locateChanges(changes: readonly KeyChange[], document: TomlDocument): KeyChange[] {
  const finder = new Finder(document);
  return changes.map((change) => {
    const line = finder.lineOf(change.path);
    return line === undefined ? change : { ...change, line };
  });
}

class Finder {
  readonly #document: TomlDocument;
  readonly #elements = new Map<ListNode, Map<string | number, TableNode>>();
  readonly #newlines: number[] = [];

  constructor(document: TomlDocument) {
    this.#document = document;
    for (
      let at = document.text.indexOf('\n');
      at !== -1;
      at = document.text.indexOf('\n', at + 1)
    ) {
      this.#newlines.push(at);
    }
  }

  lineOf(path: KeyPath): number | undefined {
    let node: TomlNode | undefined = this.#document.root;
    for (const step of path) {
      if (node?.kind === 'list') node = this.#elementsOf(node).get(step);
      else node = node?.kind === 'table' ? node.children.get(String(step)) : undefined;
    }
    const start = node && startOf(node);
    return start === undefined ? undefined : this.#lineAt(start);
  }

  /** By index and by name or id; if several elements share a name, the first one. */
  #elementsOf(list: ListNode): Map<string | number, TableNode> {
    const known = this.#elements.get(list);
    if (known) return known;
    const elements = new Map<string | number, TableNode>(list.elements.entries());
    for (const key of ['id', 'name'] as const) {
      for (const element of [...list.elements].reverse()) {
        const label = labelIn(element, key);
        if (label !== undefined) elements.set(label, element);
      }
    }
    this.#elements.set(list, elements);
    return elements;
  }

  #lineAt(offset: number): number {
    let [low, high] = [0, this.#newlines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#newlines[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }
}

/** The position of a node's key; for a table made of dotted keys or of headers below it, the first one. */
function startOf(node: TomlNode): number | undefined {
  if (node.kind === 'entry') return node.keyRange.start;
  if (node.kind === 'list') return node.elements[0] && startOf(node.elements[0]);
  if (node.form.kind === 'section') return node.form.section.header?.keyRange.start;
  if (node.form.kind === 'inline') return node.form.table.pair.keyRange.start;
  const [first] = node.children.values();
  return first && startOf(first);
}
