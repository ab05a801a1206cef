import type {
  Block,
  Header,
  InlineTable,
  Note,
  Pair,
  Range,
  Remarks,
  Section,
  Statement,
  TableNode,
  TomlDocument,
  TomlNode,
} from '../../toml/document.ts';
import { tomlDottedKey } from '../../toml/literal.ts';
import { applyEdits, editInlineTable, removeBlocks, type TextEdit } from '../../toml/splice.ts';
import { inlineTableOf, type Place, TomlInsertions } from './toml-insertions.ts';
import { commentsOf, pairOf, remarksOf, sameLead } from './toml-nodes.ts';
import { wouldComment } from './toml-placing.ts';
import { TomlSource } from './toml-source.ts';

/** Comments from base that may be removed with a node, as often as base has them. All others stay. */
class Spare {
  readonly #counts = new Map<string, number>();

  constructor(base: TomlNode | undefined) {
    for (const comment of base ? commentsOf(base) : []) {
      this.#counts.set(comment, (this.#counts.get(comment) ?? 0) + 1);
    }
  }

  /** Returns the comments that must stay. */
  rest(comments: readonly string[]): string[] {
    return comments.filter((comment) => {
      const count = this.#counts.get(comment) ?? 0;
      this.#counts.set(comment, count - 1);
      return count <= 0;
    });
  }
}

/** Collects the changes of the operator's text. `text()` applies all of them at once. */
export class TomlSplicer {
  readonly insertions: TomlInsertions;
  readonly #current: TomlDocument;
  readonly #source: TomlSource;
  readonly #edits: TextEdit[] = [];
  readonly #removed = new Set<Block>();
  readonly #removedPairs = new Map<InlineTable, Set<Pair>>();

  constructor(current: TomlDocument, incoming: TomlDocument) {
    this.#current = current;
    this.#source = new TomlSource(incoming, current.eol);
    this.insertions = new TomlInsertions(current, incoming, this.#source);
  }

  text(): string {
    const inserted = this.insertions.edits(this.#removed);
    const filled = new Set(inserted.map((edit) => edit.start));
    const edits = [
      ...this.#edits,
      ...inserted,
      ...removeBlocks(this.#current, this.#removed, filled),
    ];
    const tables = new Set([...this.#removedPairs.keys(), ...this.insertions.inline.keys()]);
    for (const table of tables) {
      if (this.#isGone(table.pair)) continue;
      const removed = this.#removedPairs.get(table) ?? new Set();
      edits.push(...editInlineTable(table, removed, this.insertions.inline.get(table) ?? []));
    }
    return applyEdits(this.#current.text, edits);
  }

  /** Adds a node that the vendor added. In an inline table, its comments go above the statement. */
  add(place: Place, node: TomlNode): void {
    const inline = inlineTableOf(place.table);
    if (inline) {
      const { lead, trail } = this.#source.remarks(node);
      this.#putAbove(inline.pair.statement, trail === undefined ? lead : [...lead, trail]);
    }
    this.insertions.add(place, node);
  }

  /** Replaces the operator's value with the vendor's. Comments that are not in base stay. */
  replace(place: Place, base: TomlNode | undefined, current: TomlNode, incoming: TomlNode): void {
    const [here, there] = [pairOf(current), pairOf(incoming)];
    // An array of tables that the operator wrote as an array stays one.
    const isArray = current.kind === 'entry' && base?.kind === 'list' && incoming.kind === 'list';
    if (here && (there || isArray || here.container.kind === 'inline-table')) {
      const kept = new Set(there?.innerComments);
      const inner = here.innerComments.filter((comment) => !kept.has(comment));
      this.#putAbove(here.statement, new Spare(base).rest(inner));
      this.#edit(here.valueRange, this.#source.literal(incoming));
      return;
    }
    this.remove(base, current);
    this.add(place, incoming);
  }

  /** Applies the vendor's changes to comments that the operator left unchanged. */
  updateRemarks(base: TomlNode, current: TomlNode, incoming: TomlNode): void {
    const [before, now, next] = [remarksOf(base), remarksOf(current), remarksOf(incoming)];
    if (!before || !now || !next) return;
    if (sameLead(before, now) && !sameLead(before, next)) {
      const lines = next.lead.map((text) => now.indent + text + this.#source.eol);
      this.#edit(now.leadLines, lines.join(''));
    }
    if (before.trail === now.trail && before.trail !== next.trail) this.#replaceTrail(now, next);
  }

  /** Renames a key or header in place. */
  rename(keyRange: Range, names: readonly string[]): void {
    this.#edit(keyRange, tomlDottedKey(names));
  }

  /**
   * Moves a key to another table, with its value and comments unchanged.
   * @param like the pair of the incoming file whose neighbours decide its new position
   */
  move(pair: Pair, place: Place, like: Pair): void {
    const { container, statement, keyRange, valueRange } = pair;
    const { lead, trail, indent, leadLines } = statement.remarks;
    const text = (range: Range) => this.#current.text.slice(range.start, range.end);
    const whole = container.kind === 'section';
    const linesFor = (names: readonly string[]): string => {
      const key = tomlDottedKey(names);
      if (!whole) return `${key} = ${text(valueRange)}${this.#source.eol}`;
      const rest = text({ start: keyRange.end, end: statement.end });
      const eol = rest.endsWith('\n') ? '' : this.#source.eol;
      return text(leadLines) + indent + key + rest + eol;
    };
    this.insertions.addPair(place, like, linesFor, text(valueRange));
    const inline = inlineTableOf(place.table);
    if (inline && whole) {
      this.#putAbove(inline.pair.statement, trail === undefined ? lead : [...lead, trail]);
    }
    if (whole) this.#removed.add(statement);
    else this.#takeOut(pair, container);
  }

  /** Removes a node with its comments from base. */
  remove(base: TomlNode | undefined, node: TomlNode): void {
    this.#remove(node, new Spare(base));
  }

  /** Removes a table that has no keys left. */
  removeDeclaration(base: TableNode, { form }: TableNode): void {
    if (form.kind === 'section') this.#removeHeader(form.section, new Spare(base));
    if (form.kind === 'inline') this.#removePair(form.table.pair, new Spare(base));
  }

  removeNote(note: Note): void {
    this.#removed.add(note);
  }

  replaceNote(current: Note, incoming: Note): void {
    const apart = wouldComment(incoming) && !isBlankLineAt(this.#current.text, current.end);
    this.#edit(current, this.#source.lines(incoming) + (apart ? this.#source.eol : ''));
    this.insertions.matchNote(current, incoming);
  }

  #remove(node: TomlNode, spare: Spare): void {
    const pair = pairOf(node);
    if (pair) this.#removePair(pair, spare);
    else if (node.kind === 'list') {
      for (const element of node.elements) this.#remove(element, spare);
    } else if (node.kind === 'table') {
      for (const child of node.children.values()) this.#remove(child, spare);
      if (node.form.kind === 'section') this.#removeHeader(node.form.section, spare);
    }
  }

  #removeHeader({ header, banner, items }: Section, spare: Spare): void {
    if (!header) return;
    this.#removeLines(header, commentsAround(header.remarks), spare);
    for (const note of [...banner, ...items]) {
      if (note.kind === 'note' && spare.rest(note.comments).length === 0) this.#removed.add(note);
    }
  }

  #removePair(pair: Pair, spare: Spare): void {
    const { container, statement, innerComments } = pair;
    if (container.kind === 'section') {
      const comments = [...commentsAround(statement.remarks), ...innerComments];
      this.#removeLines(statement, comments, spare);
    } else {
      this.#takeOut(pair, container);
      this.#putAbove(statement, spare.rest(innerComments));
    }
  }

  #removeLines(block: Header | Statement, comments: readonly string[], spare: Spare): void {
    this.#removed.add(block);
    const kept = spare.rest(comments);
    this.#put(block.start, kept, '');
    // They must not become the comment of what is below.
    if (kept.length > 0) this.#edit({ start: block.start, end: block.start }, this.#source.eol);
  }

  #takeOut(pair: Pair, table: InlineTable): void {
    const removed = this.#removedPairs.get(table) ?? new Set<Pair>();
    this.#removedPairs.set(table, removed.add(pair));
  }

  #isGone(pair: Pair): boolean {
    const { container } = pair;
    if (container.kind === 'section') return this.#removed.has(pair.statement);
    return this.#removedPairs.get(container)?.has(pair) || this.#isGone(container.pair);
  }

  #replaceTrail(now: Remarks, next: Remarks): void {
    const { start, end } = now.trailRange;
    if (next.trail === undefined) this.#edit({ start, end }, '');
    else if (now.trail === undefined) this.#edit({ start, end: start }, ` ${next.trail}`);
    else this.#edit({ start: end - now.trail.length, end }, next.trail);
  }

  #putAbove({ remarks }: Statement, comments: readonly string[]): void {
    this.#put(remarks.leadLines.end, comments, remarks.indent);
  }

  #put(offset: number, comments: readonly string[], indent: string): void {
    const lines = comments.map((comment) => indent + comment + this.#source.eol);
    if (lines.length > 0) this.#edit({ start: offset, end: offset }, lines.join(''));
  }

  #edit({ start, end }: Range, text: string): void {
    this.#edits.push({ start, end, text });
  }
}

function isBlankLineAt(text: string, offset: number): boolean {
  const blank = /[ \t]*(?:\r?\n|$)/y;
  blank.lastIndex = offset;
  return blank.test(text);
}

function commentsAround({ lead, trail }: Remarks): string[] {
  return trail === undefined ? [...lead] : [...lead, trail];
}
