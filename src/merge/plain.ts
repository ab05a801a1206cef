/** A TOML file as plain data, on which the merge of values is computed, without any text. */
import type { Section, TableNode, TomlDocument, TomlNode } from '../toml/document.ts';
import { canonicalToml, type TomlValue } from '../toml/value.ts';

export interface PlainValue {
  readonly kind: 'value';
  /** One text for all spellings of the value. */
  readonly means: string;
  /** Its name as an element's key, if it can be one. */
  readonly label?: string;
  readonly words: Words;
}

export interface PlainTable {
  readonly kind: 'table';
  /** Written explicitly, with a header or as an inline table. */
  readonly declared: boolean;
  readonly words: Words;
  readonly keys: ReadonlyMap<string, PlainNode>;
}

export interface PlainList {
  readonly kind: 'list';
  readonly elements: readonly PlainTable[];
}

export type PlainNode = PlainValue | PlainTable | PlainList;

/** The comments of a key. */
export interface Words {
  /** Above and after it; absent if it has no line of its own. */
  readonly around?: string;
  /** Comments between its lines that are nowhere in base. */
  readonly own: boolean;
}

/** @param baseComments all comments of the merge base, each from its `#` */
export function toPlain(document: TomlDocument, baseComments: ReadonlySet<string>): PlainTable {
  return plainTable(document.root, baseComments);
}

function plainNode(node: TomlNode, known: ReadonlySet<string>): PlainNode {
  if (node.kind === 'table') return plainTable(node, known);
  if (node.kind === 'list') {
    return { kind: 'list', elements: node.elements.map((element) => plainTable(element, known)) };
  }
  const { container, statement, innerComments } = node.pair;
  return {
    kind: 'value',
    means: canonicalToml(node.value),
    ...labelled(node.value),
    words: {
      ...(container.kind === 'section' && { around: around(statement.remarks) }),
      own: innerComments.some((comment) => !known.has(comment)),
    },
  };
}

function plainTable({ form, children }: TableNode, known: ReadonlySet<string>): PlainTable {
  const keys = new Map([...children].map(([key, child]) => [key, plainNode(child, known)]));
  return {
    kind: 'table',
    declared: form.kind === 'section' || form.kind === 'inline',
    words: wordsOf(form, known),
    keys,
  };
}

function wordsOf(form: TableNode['form'], known: ReadonlySet<string>): Words {
  if (form.kind === 'section') {
    const { header } = form.section;
    return { ...(header && { around: around(header.remarks) }), own: hasOwn(form.section, known) };
  }
  if (form.kind !== 'inline') return { own: false };
  const { container, statement } = form.table.pair;
  // An inline table has one line. Comments inside it belong to a list in it, which has its own entry.
  return { ...(container.kind === 'section' && { around: around(statement.remarks) }), own: false };
}

function hasOwn({ items }: Section, known: ReadonlySet<string>): boolean {
  return items.some(
    (item) => item.kind === 'note' && item.comments.some((comment) => !known.has(comment)),
  );
}

function around({ lead, trail }: { lead: readonly string[]; trail?: string }): string {
  const lines = trail === undefined ? lead : [...lead, `behind ${trail}`];
  return lines.join('\n');
}

function labelled(value: TomlValue): { label?: string } {
  const isLabel = typeof value === 'string' || typeof value === 'bigint';
  return isLabel ? { label: canonicalToml(value) } : {};
}
