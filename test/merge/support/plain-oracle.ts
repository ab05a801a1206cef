import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, Scalar } from 'yaml';

/** A file's values, read without the product's own reader; mappings and keyed lists are Maps. */
export type Oracle = string | null | readonly Oracle[] | ReadonlyMap<string, Oracle>;

/** @throws if the text is not one valid document */
export function readOracle(text: string): Oracle {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) throw document.errors[0];
  return convert(document.contents, []);
}

const keyed = new Map<string, (element: string) => string | undefined>([
  ['ports', (element) => element.split(':').at(-1)],
  [
    'volumes',
    (element) =>
      element
        .replace(/\$\{.*?\}/, '')
        .split(':')
        .slice(0, 2)
        .at(-1),
  ],
  ['environment', (element) => element.split('=')[0]],
  ['depends_on', (element) => element],
  ['secrets', (element) => element],
  ['labels', (element) => element.split('=')[0]],
]);

function convert(node: Node | null, path: readonly string[]): Oracle {
  if (isAlias(node)) return `alias of ${node.source}`;
  if (isScalar(node)) return convertScalar(node);
  if (isMap<Scalar, Node>(node)) {
    return new Map(
      node.items.map(({ key, value }) => {
        const name = String(key.type === Scalar.PLAIN ? key.source : key.value);
        return [name, convert(value, [...path, name])];
      }),
    );
  }
  if (!isSeq<Node>(node)) return null;
  const items = node.items.map((item) => convert(item, [...path, '-']));
  const isService = path.length === 3 && path[0] === 'services';
  const keyOf = isService ? keyed.get(path[2] as string) : undefined;
  if (keyOf === undefined || items.some((item) => typeof item !== 'string')) return items;
  const list = new Map(items.map((item) => [`- ${keyOf(item as string)}`, item]));
  if (list.size !== items.length) return items;
  // An empty one is a list, too, and no mapping.
  return new Map([['- ', 'a list'], ...list]);
}

function convertScalar(node: Scalar): string | null {
  if (node.value === null) return null;
  return node.type === Scalar.PLAIN ? (node.source ?? '') : String(node.value);
}

/** The three-way merge of the values, the operator's winning. */
export function mergeOracle(
  base: Oracle | undefined,
  current: Oracle | undefined,
  incoming: Oracle | undefined,
): Oracle | undefined {
  if (isEntries(current) && isEntries(incoming) && isList(current) === isList(incoming)) {
    const old = isEntries(base) ? base : new Map<string, Oracle>();
    const merged = new Map<string, Oracle>();
    for (const key of [...current.keys(), ...incoming.keys()]) {
      const value = mergeOracle(old.get(key), current.get(key), incoming.get(key));
      if (value !== undefined) merged.set(key, value);
    }
    return merged;
  }
  return equal(base, current) ? incoming : current;
}

export function equal(a: Oracle | undefined, b: Oracle | undefined): boolean {
  if (isEntries(a) && isEntries(b)) {
    return a.size === b.size && [...a].every(([key, value]) => equal(value, b.get(key)));
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  return a === b;
}

export function isEntries(value: Oracle | undefined): value is ReadonlyMap<string, Oracle> {
  return value instanceof Map;
}

function isList(entries: ReadonlyMap<string, Oracle>): boolean {
  return [...entries.keys()].some((key) => key.startsWith('- '));
}
