/** Builds the tree of keys from the statements of a file. */
import type { AST } from 'toml-eslint-parser';
import type {
  Block,
  Header,
  InlineTable,
  ListNode,
  Pair,
  Section,
  Statement,
  TableForm,
  TableNode,
  TomlEntry,
} from './document.ts';
import { type InnerComment, isDisabled, type Layout, type PlacedStatement } from './layout.ts';
import type { TomlInlineValue, TomlValue } from './value.ts';

/** A document type while it is being built. */
type Building<T> = {
  -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer A, infer B>
    ? Map<A, B>
    : K extends 'path'
      ? T[K]
      : T[K] extends readonly (infer E)[]
        ? E[]
        : T[K];
};
type OpenTable = Building<TableNode>;
type OpenSection = Building<Section>;

const implied: TableForm = { kind: 'implied' };

export class TreeBuilder {
  readonly root: OpenTable = { kind: 'table', path: [], form: implied, children: new Map() };
  readonly sections: OpenSection[] = [this.#openSection(this.root, [])];
  readonly blocks: Block[] = [];
  readonly entries: TomlEntry[] = [];

  /** @throws Error if the statements contradict each other, which the parser should have detected */
  addAll(layout: Layout): void {
    for (const placed of layout.statements) {
      const { node } = placed;
      if (node.type === 'TOMLTable') this.#addHeader(node, placed);
      else this.#addStatement(node, placed);
    }
    for (const note of layout.tail) {
      this.blocks.push(note);
      // After a blank line, comments at the end of a file are about the file.
      if (note.gap === note.start || note.comments.some(isDisabled)) {
        this.sections.at(-1)?.items.push(note);
      }
    }
  }

  #addHeader(node: AST.TOMLTable, { lines, remarks, notes }: PlacedStatement): void {
    const previous = this.sections.at(-1);
    const names = keyParts(node.key);
    const section = node.kind === 'array' ? this.#element(names) : this.#table(names);
    for (const note of notes) {
      const ofPrevious =
        section.banner.length === 0 &&
        (note.gap === note.start || this.blocks.length === 0 || note.comments.some(isDisabled));
      (ofPrevious ? previous?.items : section.banner)?.push(note);
      this.blocks.push(note);
    }
    const [start, end] = node.key.range;
    const header: Header = { ...lines, kind: 'header', section, remarks, keyRange: { start, end } };
    section.header = header;
    this.sections.push(section);
    this.blocks.push(header);
  }

  #addStatement(node: AST.TOMLKeyValue, placed: PlacedStatement): void {
    const section = this.sections.at(-1) as OpenSection;
    const { lines, remarks, notes, inner } = placed;
    const names = keyParts(node.key);
    const statement: Statement = { ...lines, kind: 'statement', section, remarks, names };
    section.items.push(...notes, statement);
    this.blocks.push(...notes, statement);
    this.#pair(node, section.table as OpenTable, section, statement, inner);
  }

  #table(names: string[]): OpenSection {
    const elements: TableNode[] = [];
    return this.#openSection(this.#walk(this.root, names, implied, elements), elements);
  }

  #element(names: string[]): OpenSection {
    const elements: TableNode[] = [];
    const parent = this.#walk(this.root, names.slice(0, -1), implied, elements);
    const name = names.at(-1) ?? '';
    const found = parent.children.get(name);
    if (found && found.kind !== 'list') {
      throw new Error('A key is both an array of tables and something else');
    }
    const list = (found ?? {
      kind: 'list',
      path: [...parent.path, name],
      elements: [],
    }) as Building<ListNode>;
    parent.children.set(name, list);
    const element = newTable([...list.path, list.elements.length], implied);
    list.elements.push(element);
    return this.#openSection(element, [...elements, element]);
  }

  #openSection(table: OpenTable, elements: TableNode[]): OpenSection {
    const section: OpenSection = { kind: 'section', table, elements, banner: [], items: [] };
    table.form = { kind: 'section', section };
    return section;
  }

  /** The table at the end of `names`, created if it does not exist; for a list, its last element. */
  #walk(
    from: OpenTable,
    names: readonly string[],
    form: TableForm,
    elements: TableNode[] = [],
  ): OpenTable {
    let table = from;
    for (const [depth, name] of names.entries()) {
      const child = table.children.get(name);
      if (child?.kind === 'entry') throw new Error('A key is both a table and a value');
      if (child?.kind === 'list') {
        table = child.elements.at(-1) as OpenTable;
        elements.push(table);
        continue;
      }
      const next = (child ?? newTable([...table.path, name], implied)) as OpenTable;
      if (form.kind === 'dotted' && next.form.kind === 'implied') {
        next.form = { ...form, names: names.slice(0, depth + 1) };
      }
      table.children.set(name, next);
      table = next;
    }
    return table;
  }

  #pair(
    node: AST.TOMLKeyValue,
    table: OpenTable,
    container: Section | InlineTable,
    statement: Statement,
    inner: readonly InnerComment[],
  ): Pair {
    const names = keyParts(node.key);
    const [start, end] = node.value.range;
    const pair: Pair = {
      names,
      container,
      statement,
      keyRange: { start: node.key.range[0], end: node.key.range[1] },
      valueRange: { start, end },
      innerComments: commentsIn(inner, start, end),
    };
    const parents = names.slice(0, -1);
    const last = names.at(-1) ?? '';
    const parent = this.#walk(table, parents, { kind: 'dotted', container, names: parents });
    if (parent.children.has(last)) throw new Error('Duplicate key');
    const path = [...parent.path, last];
    if (node.value.type === 'TOMLInlineTable') {
      const inline: Building<InlineTable> = { kind: 'inline-table', start, end, pair, pairs: [] };
      const child = newTable(path, { kind: 'inline', table: inline });
      parent.children.set(last, child);
      for (const inside of node.value.body) {
        inline.pairs.push(this.#pair(inside, child, inline, statement, inner));
      }
      return pair;
    }
    const { line, column } = node.key.loc.start;
    const entry: TomlEntry = {
      kind: 'entry',
      path,
      value: toValue(node.value),
      pair,
      keyRange: pair.keyRange,
      valueRange: pair.valueRange,
      line,
      column: column + 1,
      comments: container.kind === 'section' ? statement.remarks.lead : [],
    };
    parent.children.set(last, entry);
    this.entries.push(entry);
    return pair;
  }
}

/** The texts of the comments from offset `start` to before `end`. */
function commentsIn(comments: readonly InnerComment[], start: number, end: number): string[] {
  const firstFrom = (offset: number) => {
    let [low, high] = [0, comments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((comments[middle]?.start ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return comments.slice(firstFrom(start), firstFrom(end)).map(({ text }) => text);
}

function newTable(path: TableNode['path'], form: TableForm): OpenTable {
  return { kind: 'table', path, form, children: new Map() };
}

function keyParts(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function toValue(node: AST.TOMLContentNode): TomlValue {
  switch (node.type) {
    case 'TOMLArray':
      return node.elements.map(toValue);
    case 'TOMLInlineTable':
      return toInlineValue(node);
    case 'TOMLValue':
      switch (node.kind) {
        case 'integer':
          return node.bigint;
        case 'string':
        case 'float':
        case 'boolean':
          return node.value;
        default:
          return { kind: node.kind, text: node.datetime };
      }
  }
}

function toInlineValue(node: AST.TOMLInlineTable): TomlInlineValue {
  const table = new Map<string, TomlValue>();
  for (const pair of node.body) {
    const names = keyParts(pair.key);
    const last = names.pop() ?? '';
    let target = table;
    for (const name of names) {
      const next = target.get(name) ?? new Map<string, TomlValue>();
      if (!(next instanceof Map)) throw new Error('A key is both a table and a value');
      target.set(name, next);
      target = next;
    }
    target.set(last, toValue(pair.value));
  }
  return table;
}
