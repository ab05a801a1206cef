/** Pieces of the incoming text, adapted to the operator's file. */
import type { Header, Lines, Range, Section, TomlDocument, TomlNode } from '../../toml/document.ts';
import { tomlDottedKey, tomlKey } from '../../toml/literal.ts';
import { pairOf } from './toml-nodes.ts';

export class TomlSource {
  readonly #text: string;
  readonly #start: number;
  /** The line end of the operator's file. */
  readonly eol: string;

  constructor({ text, start }: TomlDocument, eol: string) {
    this.#text = text;
    this.#start = start;
    this.eol = eol;
  }

  slice({ start, end }: Range): string {
    return this.#text.slice(start, end).replace(/\r?\n/g, this.eol);
  }

  /** Whole lines, including the end of the last one. */
  lines(range: Range): string {
    const text = this.slice(range);
    return text === '' || text.endsWith('\n') ? text : text + this.eol;
  }

  /** The value of a node as the right-hand side of an equals sign, independent of its form in the file. */
  literal(node: TomlNode): string {
    if (node.kind === 'entry') return this.slice(node.valueRange);
    if (node.kind === 'list') return `[${node.elements.map((e) => this.literal(e)).join(', ')}]`;
    if (node.form.kind === 'inline') return this.slice(node.form.table);
    const pairs = [...node.children].map(
      ([key, child]) => `${tomlKey(key)} = ${this.literal(child)}`,
    );
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }

  /** The lines of a pair under the key `names`, with its comments. */
  pairLines(node: TomlNode, names: readonly string[]): string {
    const pair = pairOf(node);
    if (pair?.container.kind === 'section' && sameNames(pair.names, names)) {
      return this.lines(pair.statement);
    }
    const { lead, trail } = this.remarks(node);
    const line = `${tomlDottedKey(names)} = ${this.literal(node)}`;
    return [...lead, trail ? `${line} ${trail}` : line].map((text) => text + this.eol).join('');
  }

  /** The comments of a node's own lines; empty for a pair in an inline table. */
  remarks(node: TomlNode): { readonly lead: readonly string[]; readonly trail?: string } {
    const pair = pairOf(node);
    return pair?.container.kind === 'section' ? pair.statement.remarks : { lead: [] };
  }

  /** A header with the notes that stand above it. */
  headerLines({ section, end }: Header): string {
    return this.lines({ start: (section.banner[0] ?? section.header)?.start ?? end, end });
  }

  /** The blank lines above a section; one for the first section of the file. */
  sectionGap(section: Section): string {
    const first = section.banner[0] ?? section.header;
    if (!first || first.gap === this.#start) return this.eol;
    return this.lines({ start: first.gap, end: first.start });
  }

  sectionBody(section: Section): string {
    const [first, last] = [section.items[0], section.items.at(-1)];
    return first && last ? this.lines({ start: first.gap, end: last.end }) : '';
  }

  gap({ gap, start }: Lines): string {
    return this.lines({ start: gap, end: start });
  }
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, n) => name === b[n]);
}
