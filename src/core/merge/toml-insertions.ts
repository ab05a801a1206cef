/**
 * Where what the vendor added goes in the operator's text: next to the same neighbour as in the
 * incoming text. Everything is collected first and laid out in one walk over the incoming text, so
 * that several insertions at one place keep the vendor's order.
 */
import type {
  Block,
  InlineTable,
  ListNode,
  Pair,
  Section,
  Statement,
  TableNode,
  TomlDocument,
  TomlNode,
} from '../toml/document.ts';
import { endOfSection } from '../toml/find.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { type InlineInsert, insertLines, type TextEdit } from '../toml/splice.ts';
import { pairOf } from './toml-nodes.ts';
import { sameNames, type TomlSource } from './toml-source.ts';

/** Where a key belongs: the nearest table that the operator's file has, and the keys below it. */
export interface Place {
  readonly table: TableNode;
  readonly names: readonly string[];
  /** In an inline table: the pair it follows. */
  readonly after?: Pair;
  /** For an element of a list that is there: the element it follows. */
  readonly inList?: { readonly list: ListNode; readonly after?: TableNode };
}

/** A section that the operator's file does not have. */
interface Draft {
  readonly gap: string;
  readonly header: string;
  readonly body: string[];
  readonly inList?: Place['inList'];
}

interface PendingPair {
  readonly target: Section | Draft;
  readonly gap: string;
  readonly lines: string;
}

/** Texts that go to one offset: pairs end the section before it, sections begin there. */
interface AtOffset {
  readonly pairs: string[];
  readonly sections: string[];
}

export class TomlInsertions {
  readonly #current: TomlDocument;
  readonly #incoming: TomlDocument;
  readonly #source: TomlSource;
  readonly #statements = new Map<Statement, Statement>();
  readonly #tables = new Map<TableNode, TableNode>();
  readonly #pairs = new Map<Statement, PendingPair[]>();
  readonly #drafts = new Map<Section, Draft[]>();
  readonly #headers = new Map<TableNode, Map<string, Draft>>();
  readonly inline = new Map<InlineTable, InlineInsert[]>();

  constructor(current: TomlDocument, incoming: TomlDocument, source: TomlSource) {
    this.#current = current;
    this.#incoming = incoming;
    this.#source = source;
  }

  /** The two are one table, or one key, of both files: what is added can stand next to it. */
  match(current: TomlNode, incoming: TomlNode): void {
    const [here, there] = [pairOf(current), pairOf(incoming)];
    if (here?.container.kind === 'section' && there) {
      this.#statements.set(there.statement, here.statement);
    }
    if (current.kind === 'table' && incoming.kind === 'table') this.#tables.set(incoming, current);
  }

  /** Adds a node of the incoming file, with all that is below it and with its comments. */
  add(place: Place, node: TomlNode): void {
    const pair = pairOf(node);
    const inline = inlineTableOf(place.table);
    if (pair) {
      const linesFor = (key: readonly string[]) => this.#source.pairLines(node, key);
      this.addPair(place, pair, linesFor, this.#source.literal(node));
    } else if (inline) {
      this.#addInline(place, inline, this.#source.literal(node));
    } else if (node.kind === 'table' && node.form.kind !== 'section') {
      for (const [key, child] of node.children) {
        this.add({ table: place.table, names: [...place.names, key] }, child);
      }
    } else {
      this.#addSections(node, place.inList);
    }
  }

  /**
   * Adds a key at the place that a pair of the incoming file has there.
   * @param linesFor gives the lines, under the key that fits the place
   * @param literal the value, for a place inside an inline table
   */
  addPair(
    place: Place,
    { names: ownNames, container, statement }: Pair,
    linesFor: (key: readonly string[]) => string,
    literal: string,
  ): void {
    const { table, names } = place;
    const inline = inlineTableOf(table);
    if (inline) {
      this.#addInline(place, inline, literal);
      return;
    }
    const slot = sectionOf(table);
    const own = container.kind === 'section' ? ownNames.length : names.length;
    const key = names.slice(-own);
    const above = names.slice(0, names.length - key.length);
    const inSlot = slot && above.length === 0;
    push(this.#pairs, statement, {
      target: inSlot ? slot : this.#header(table, above, statement.section),
      gap: this.#source.pairGap(statement),
      lines: linesFor(inSlot ? [...prefixOf(table), ...key] : key),
    });
  }

  #addInline({ table, names, after }: Place, inline: InlineTable, literal: string): void {
    const text = `${tomlDottedKey([...prefixOf(table), ...names])} = ${literal}`;
    push(this.inline, inline, { text, ...(after && { after }) });
  }

  /** Adds a table without any keys, in the form that the vendor wrote. */
  declare(place: Place, { form }: TableNode): void {
    if (form.kind === 'inline') {
      const linesFor = (key: readonly string[]) => `${tomlDottedKey(key)} = {}${this.#source.eol}`;
      this.addPair(place, form.table.pair, linesFor, '{}');
    }
    if (form.kind !== 'section') return;
    const inline = inlineTableOf(place.table);
    if (inline) this.#addInline(place, inline, '{}');
    else this.#header(place.table, place.names, form.section);
  }

  edits(): TextEdit[] {
    const layout = new Layout(this.#current, this.#tables);
    for (const section of this.#incoming.sections) {
      layout.enter(section);
      for (const draft of this.#drafts.get(section) ?? []) layout.place(draft, section);
      for (const item of section.items) {
        if (item.kind === 'note') continue;
        const match = this.#statements.get(item);
        if (match) layout.pass(match);
        for (const pair of this.#pairs.get(item) ?? []) layout.put(pair);
      }
    }
    return layout.edits();
  }

  /** The section of a node, and those of what is below it. */
  #addSections(node: TomlNode, inList?: Draft['inList']): void {
    if (node.kind === 'entry') return;
    if (node.kind === 'list') {
      for (const element of node.elements) this.#addSections(element);
      return;
    }
    if (node.form.kind === 'section') {
      const { section } = node.form;
      push(this.#drafts, section, {
        gap: this.#source.sectionGap(section),
        header: this.#source.headerLines(section),
        body: [this.#source.sectionBody(section)],
        ...(inList && { inList }),
      });
    }
    for (const child of node.children.values()) this.#addSections(child);
  }

  /** The section for keys of a table that the operator's file only implies, or does not have. */
  #header(table: TableNode, names: readonly string[], section: Section): Draft {
    const drafts = this.#headers.get(table) ?? new Map<string, Draft>();
    this.#headers.set(table, drafts);
    const wanted = [...namesIn(table), ...names];
    const key = tomlDottedKey(wanted);
    const known = drafts.get(key);
    if (known) return known;
    const isIts = section.header && sameNames(namesIn(section.table), wanted);
    const draft: Draft = {
      gap: this.#source.sectionGap(section),
      header: isIts ? this.#source.headerLines(section) : `[${key}]${this.#source.eol}`,
      body: [],
    };
    drafts.set(key, draft);
    push(this.#drafts, section, draft);
    return draft;
  }
}

/** One walk over the incoming sections, with the places reached in the operator's text. */
class Layout {
  readonly #current: TomlDocument;
  readonly #tables: ReadonlyMap<TableNode, TableNode>;
  readonly #lastUnder = new Map<TableNode, Section>();
  readonly #newElements = new Map<TableNode, number>();
  readonly #reached = new Map<Section, Statement>();
  readonly #placed: { readonly offset: number; readonly draft: Draft }[] = [];
  readonly #at = new Map<number, AtOffset>();
  #anchor: number;

  constructor(current: TomlDocument, tables: ReadonlyMap<TableNode, TableNode>) {
    this.#current = current;
    this.#tables = tables;
    this.#anchor = current.start;
    for (const section of current.sections) {
      for (const element of section.elements) this.#lastUnder.set(element, section);
    }
  }

  enter(section: Section): void {
    const match = this.#tables.get(section.table);
    if (match?.form.kind === 'section') {
      this.#anchor = endOfSection(this.#current, match.form.section);
    }
  }

  pass(statement: Statement): void {
    this.#reached.set(statement.section, statement);
  }

  place(draft: Draft, section: Section): void {
    this.#anchor = this.#offsetFor(draft, section);
    this.#newElements.set(section.table, this.#anchor);
    this.#placed.push({ offset: this.#anchor, draft });
  }

  put({ target, gap, lines }: PendingPair): void {
    if (!('kind' in target)) {
      target.body.push(target.body.length === 0 ? lines : gap + lines);
      return;
    }
    const reached = this.#reached.get(target);
    const offset = reached?.end ?? this.#startOf(target);
    const texts = this.#textsAt(offset).pairs;
    const first = texts.length === 0;
    // Below the words that a file begins with, a key must not take them for its comment.
    const apart = first && !reached && !target.header && offset > this.#current.start;
    texts.push((apart && gap === '' ? this.#current.eol : gap) + lines);
  }

  edits(): TextEdit[] {
    const { start, eol, blocks } = this.#current;
    for (const { offset, draft } of this.#placed) {
      const { pairs, sections } = this.#textsAt(offset);
      const first = offset === start && pairs.length === 0 && sections.length === 0;
      sections.push((first ? '' : draft.gap) + draft.header + draft.body.join(''));
    }
    const nextAt = new Map<number, Block>(blocks.map((block) => [block.gap, block]));
    return [...this.#at].map(([offset, { pairs, sections }]) => {
      const next = nextAt.get(offset);
      const touches = next !== undefined && next.gap === next.start && next.kind !== 'statement';
      const behind = offset === start && touches ? eol : '';
      return insertLines(this.#current, offset, pairs.join('') + sections.join('') + behind);
    });
  }

  #textsAt(offset: number): AtOffset {
    const texts = this.#at.get(offset) ?? { pairs: [], sections: [] };
    this.#at.set(offset, texts);
    return texts;
  }

  #startOf(section: Section): number {
    if (section.header) return section.header.end;
    const [first, second] = this.#current.blocks;
    const isBanner = first?.kind === 'note' && section.items[0] === first;
    return isBanner && (!second || second.gap < second.start) ? first.end : this.#current.start;
  }

  /** A header that goes through an array of tables speaks of the last element above it. */
  #offsetFor({ inList }: Draft, section: Section): number {
    if (inList?.after) return this.#endUnder(inList.after);
    if (inList) {
      const first = inList.list.elements[0];
      const above = first?.form.kind === 'section' ? first.form.section : undefined;
      return (above?.banner[0] ?? above?.header)?.gap ?? this.#anchor;
    }
    const element = section.elements.findLast((table) => table !== section.table);
    if (!element) return this.#anchor;
    const match = this.#tables.get(element);
    if (match?.form.kind !== 'section') return this.#newElements.get(element) ?? this.#anchor;
    const from = endOfSection(this.#current, match.form.section);
    const to = this.#endUnder(match);
    return this.#anchor < from || this.#anchor > to ? to : this.#anchor;
  }

  #endUnder(element: TableNode): number {
    const section = this.#lastUnder.get(element);
    return section ? endOfSection(this.#current, section) : this.#anchor;
  }
}

/** The inline table that keys of a table are written in, if any. */
export function inlineTableOf({ form }: TableNode): InlineTable | undefined {
  if (form.kind === 'inline') return form.table;
  const isInside = form.kind === 'dotted' && form.container.kind === 'inline-table';
  return isInside ? form.container : undefined;
}

/** The section that keys of a table are written in, if any. */
function sectionOf({ form }: TableNode): Section | undefined {
  if (form.kind === 'section') return form.section;
  return form.kind === 'dotted' && form.container.kind === 'section' ? form.container : undefined;
}

/** The keys that stand before a key of the table where it is written. */
function prefixOf({ form }: TableNode): readonly string[] {
  return form.kind === 'dotted' ? form.names : [];
}

/** The keys of a table's header: its path without the indices of elements. */
function namesIn(table: TableNode): string[] {
  return table.path.filter((step) => typeof step === 'string');
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
