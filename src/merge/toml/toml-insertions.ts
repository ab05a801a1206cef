/**
 * Decides where the vendor's additions go in the operator's text: next to the same neighbour as in the
 * incoming text. All additions are collected first and placed in one walk over the incoming text, so
 * that several insertions at one position keep the vendor's order.
 */
import type {
  Block,
  Header,
  InlineTable,
  Note,
  Pair,
  Section,
  Statement,
  TableNode,
  TomlDocument,
  TomlNode,
} from '../../toml/document.ts';
import { tomlDottedKey } from '../../toml/literal.ts';
import type { InlineInsert, TextEdit } from '../../toml/splice.ts';
import { pairOf } from './toml-nodes.ts';
import { type Draft, type Item, TomlPlacing, wouldComment } from './toml-placing.ts';
import { sameNames, type TomlSource } from './toml-source.ts';

/** Where a key belongs: the nearest table that the operator's file has, and the keys below it. */
export interface Place {
  readonly table: TableNode;
  readonly names: readonly string[];
  /** In an inline table: the pair it follows. */
  readonly after?: Pair;
  readonly inList?: Draft['inList'];
}

/** Additions that wait until the walk over the incoming file reaches their item. */
type Pending =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'draft'; readonly draft: Draft; readonly gap: string; readonly lines: string }
  | { readonly kind: 'banner'; readonly header: Header; readonly lines: string };

/** Collects the additions, with their positions in the incoming file. */
export class TomlInsertions {
  readonly #current: TomlDocument;
  readonly #incoming: TomlDocument;
  readonly #source: TomlSource;
  readonly #items = new Map<Statement | Note, Statement | Note>();
  readonly #tables = new Map<TableNode, TableNode>();
  readonly #pending = new Map<Statement | Note, Pending[]>();
  readonly #drafts = new Map<Section, Draft[]>();
  readonly #headers = new Map<TableNode, Map<string, Draft>>();
  /** Additions to inline tables, which `edits` leaves to the caller. */
  readonly inline = new Map<InlineTable, InlineInsert[]>();

  constructor(current: TomlDocument, incoming: TomlDocument, source: TomlSource) {
    this.#current = current;
    this.#incoming = incoming;
    this.#source = source;
  }

  /** The two are the same table or key in both files, so additions can be placed next to it. */
  match(current: TomlNode, incoming: TomlNode): void {
    const [here, there] = [pairOf(current), pairOf(incoming)];
    if (here?.container.kind === 'section' && there) {
      this.#items.set(there.statement, here.statement);
    }
    if (current.kind === 'table' && incoming.kind === 'table') this.#tables.set(incoming, current);
  }

  /** Adds a node of the incoming file, with everything below it and its comments. */
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
   * Adds a key at the position of a pair of the incoming file.
   * @param linesFor returns the lines, with the key relative to that position
   * @param literal the value, for a position inside an inline table
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
    const gap = this.#source.gap(statement);
    if (slot && above.length === 0) {
      const lines = linesFor([...prefixOf(table), ...key]);
      const item = { section: slot, gap, lines, isWords: false };
      push(this.#pending, statement, { kind: 'item', item });
    } else {
      const draft = this.#header(table, above, statement.section);
      push(this.#pending, statement, { kind: 'draft', draft, gap, lines: linesFor(key) });
    }
  }

  /** The two notes have the same text. */
  matchNote(current: Note, incoming: Note): void {
    this.#items.set(incoming, current);
  }

  addNote(section: Section, note: Note, isBanner: boolean): void {
    const lines = this.#source.lines(note);
    const { header } = section;
    if (isBanner && header) {
      push(this.#pending, note, { kind: 'banner', header, lines });
    } else {
      const item = { section, gap: this.#source.gap(note), lines, isWords: wouldComment(note) };
      push(this.#pending, note, { kind: 'item', item });
    }
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

  /** @param removed what is removed from the operator's text at the same time */
  edits(removed: ReadonlySet<Block>): TextEdit[] {
    const placing = new TomlPlacing(this.#current, this.#tables);
    for (const section of this.#incoming.sections) {
      placing.enter(section);
      for (const draft of this.#drafts.get(section) ?? []) placing.putSection(draft, section);
      for (const item of [...section.banner, ...section.items]) {
        const own = this.#items.get(item);
        if (own) placing.pass(own, section);
        for (const pending of this.#pending.get(item) ?? []) put(placing, pending);
      }
    }
    return placing.edits(removed);
  }

  /** The section of a node, and the sections below it. */
  #addSections(node: TomlNode, inList?: Draft['inList']): void {
    if (node.kind === 'entry') return;
    if (node.kind === 'list') {
      for (const element of node.elements) this.#addSections(element);
      return;
    }
    const section = node.form.kind === 'section' ? node.form.section : undefined;
    if (section?.header) {
      push(this.#drafts, section, {
        gap: this.#source.sectionGap(section),
        header: this.#source.headerLines(section.header),
        body: [this.#source.sectionBody(section)],
        ...(inList && { inList }),
      });
    }
    for (const child of node.children.values()) this.#addSections(child);
  }

  /** The section for keys of a table that is implied in, or missing from, the operator's file. */
  #header(table: TableNode, names: readonly string[], section: Section): Draft {
    const drafts = this.#headers.get(table) ?? new Map<string, Draft>();
    this.#headers.set(table, drafts);
    const wanted = [...namesIn(table), ...names];
    const key = tomlDottedKey(wanted);
    const known = drafts.get(key);
    if (known) return known;
    const { header } = section;
    const own = header && sameNames(namesIn(section.table), wanted) ? header : undefined;
    const draft: Draft = {
      gap: this.#source.sectionGap(section),
      header: own ? this.#source.headerLines(own) : `[${key}]${this.#source.eol}`,
      body: [],
    };
    drafts.set(key, draft);
    push(this.#drafts, section, draft);
    return draft;
  }
}

function put(placing: TomlPlacing, pending: Pending): void {
  if (pending.kind === 'item') placing.putItem(pending.item);
  else if (pending.kind === 'banner') placing.putBanner(pending.header, pending.lines);
  else addTo(pending.draft.body, pending);
}

function addTo(body: string[], { gap, lines }: { gap: string; lines: string }): void {
  body.push(body.length === 0 ? lines : gap + lines);
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

/** The key prefix of the table's keys where they are written. */
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
