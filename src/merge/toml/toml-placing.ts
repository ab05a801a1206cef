/**
 * Finds the offsets in the operator's text for inserted lines, in one walk over the incoming
 * sections: after the nearest preceding neighbour that exists in both texts.
 */
import type {
  Block,
  ListNode,
  Note,
  Section,
  Statement,
  TableNode,
  TomlDocument,
} from '../../toml/document.ts';
import { endOfSection } from '../../toml/find.ts';
import { isDisabled } from '../../toml/layout.ts';
import { insertLines, type TextEdit } from '../../toml/splice.ts';

/** A section that is missing from the operator's file. */
export interface Draft {
  /** Blank lines above it. */
  readonly gap: string;
  readonly header: string;
  readonly body: string[];
  /** For an element of an existing list: the element that it follows; if absent, it comes first. */
  readonly inList?: { readonly list: ListNode; readonly after?: TableNode };
}

/** Lines of a key or note for an existing section of the operator's file. */
export interface Item {
  readonly section: Section;
  readonly gap: string;
  readonly lines: string;
  /** A note that would become the comment of a key directly below it. */
  readonly isWords: boolean;
}

/** Texts for one offset: items end the section before it, sections begin there. */
interface Texts {
  readonly items: string[];
  readonly sections: string[];
  /** Notes above an existing header. */
  readonly banners: string[];
  endsInWords: boolean;
}

export class TomlPlacing {
  readonly #current: TomlDocument;
  /** Tables of the incoming file with the same tables of the operator's. */
  readonly #tables: ReadonlyMap<TableNode, TableNode>;
  readonly #lastUnder = new Map<TableNode, Section>();
  readonly #drafted = new Map<TableNode, number>();
  readonly #reached = new Map<Section, Statement | Note>();
  readonly #drafts: { readonly offset: number; readonly draft: Draft }[] = [];
  readonly #texts = new Map<number, Texts>();
  #anchor: number;

  constructor(current: TomlDocument, tables: ReadonlyMap<TableNode, TableNode>) {
    this.#current = current;
    this.#tables = tables;
    this.#anchor = current.start;
    for (const section of current.sections) {
      for (const element of section.elements) this.#lastUnder.set(element, section);
    }
  }

  /** The walk reaches a section. New content after it goes after the operator's section. */
  enter(incoming: Section): void {
    const own = this.#ownSection(incoming);
    if (own) this.#anchor = endOfSection(this.#current, own);
  }

  /** The walk reaches an item that the operator's file also has. */
  pass(own: Statement | Note, incoming: Section): void {
    const section = own.kind === 'statement' ? own.section : this.#ownSection(incoming);
    if (section && own.start >= startOfBody(section)) this.#reached.set(section, own);
  }

  putSection(draft: Draft, incoming: Section): void {
    this.#anchor = this.#offsetFor(draft, incoming);
    this.#drafted.set(incoming.table, this.#anchor);
    this.#drafts.push({ offset: this.#anchor, draft });
  }

  putItem({ section, gap, lines, isWords }: Item): void {
    const above = this.#reached.get(section) ?? this.#banner(section);
    const texts = this.#textsAt(above?.end ?? section.header?.end ?? this.#current.start);
    const joins = gap === '' && texts.items.length === 0 && above?.kind === 'note';
    // Comments above must not become the comment of a key that was not below them.
    const apart = joins && wouldComment(above);
    texts.items.push((apart ? this.#current.eol : gap) + lines);
    texts.endsInWords = isWords;
  }

  putBanner(header: Block, lines: string): void {
    this.#textsAt(header.start).banners.push(lines + this.#current.eol);
  }

  /** @param removed what is removed from the operator's text at the same time */
  edits(removed: ReadonlySet<Block>): TextEdit[] {
    const { start, eol } = this.#current;
    for (const { offset, draft } of this.#drafts) {
      const { items, sections } = this.#textsAt(offset);
      const isTop = offset === start && items.length === 0 && sections.length === 0;
      sections.push((isTop ? '' : draft.gap) + draft.header + draft.body.join(''));
    }
    const touching = this.#touching(removed);
    return [...this.#texts].map(([offset, { items, sections, banners, endsInWords }]) => {
      const below = banners.length === 0 ? touching.get(offset) : undefined;
      const isFirst = offset === start && below?.kind !== 'statement';
      const apart = below && (isFirst || (endsInWords && sections.length === 0));
      const text = [...items, ...sections, ...banners, apart ? eol : ''].join('');
      return insertLines(this.#current, offset, text);
    });
  }

  #ownSection(incoming: Section): Section | undefined {
    const form = this.#tables.get(incoming.table)?.form;
    return form?.kind === 'section' ? form.section : undefined;
  }

  #textsAt(offset: number): Texts {
    const texts = this.#texts.get(offset) ?? {
      items: [],
      sections: [],
      banners: [],
      endsInWords: false,
    };
    this.#texts.set(offset, texts);
    return texts;
  }

  /** What is directly below each offset, without a blank line, after all removals. */
  #touching(removed: ReadonlySet<Block>): Map<number, Block> {
    const next = new Map<number, Block>();
    let below: Block | undefined;
    for (const block of [...this.#current.blocks].reverse()) {
      if (!removed.has(block)) below = block;
      if (block.gap < block.start) below = undefined;
      if (below) next.set(block.gap, below);
    }
    return next;
  }

  /** The comment at the top of the file, separate from everything else. */
  #banner(section: Section): Note | undefined {
    const [first, second] = this.#current.blocks;
    if (section.header || first?.kind !== 'note' || section.items[0] !== first) return undefined;
    return !second || second.gap < second.start ? first : undefined;
  }

  /** A header inside an array of tables refers to the last element above it. */
  #offsetFor({ inList }: Draft, incoming: Section): number {
    if (inList?.after) return this.#endUnder(inList.after);
    if (inList) {
      const form = inList.list.elements[0]?.form;
      const first = form?.kind === 'section' ? form.section : undefined;
      return (first?.banner[0] ?? first?.header)?.gap ?? this.#anchor;
    }
    const element = incoming.elements.findLast((table) => table !== incoming.table);
    if (!element) return this.#anchor;
    const own = this.#tables.get(element);
    if (own?.form.kind !== 'section') return this.#drafted.get(element) ?? this.#anchor;
    const from = endOfSection(this.#current, own.form.section);
    const to = this.#endUnder(own);
    return this.#anchor < from || this.#anchor > to ? to : this.#anchor;
  }

  #endUnder(element: TableNode): number {
    const section = this.#lastUnder.get(element);
    return section ? endOfSection(this.#current, section) : this.#anchor;
  }
}

/** Whether a note would become the comment of a key directly below it. */
export function wouldComment({ comments }: Note): boolean {
  return !isDisabled(comments.at(-1) ?? '');
}

function startOfBody({ header }: Section): number {
  return header?.end ?? 0;
}
