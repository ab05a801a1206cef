import { parseToml, tomlTree } from './parse-toml.ts';
import { canonicalToml, isTomlArray, sameTomlValue, type TomlValue } from './value.ts';
import { valueLiteral } from './value-text.ts';

/**
 * An array with comments, with new elements. An element that stays keeps its bytes and its comments: those directly above it,
 * and one after it. Other comments, and elements that are switched off, stay where they are.
 * @param literal the array as it stands in a file
 * @returns the new literal; on one line, if the old one has no comment
 */
export function arrayLiteral(literal: string, elements: readonly TomlValue[]): string {
  const plain = valueLiteral(elements);
  const old = readArray(literal);
  if (old === undefined) return plain;
  const edited = write(old, elements);
  const after = parseToml(`v = ${edited}\n`);
  const value = after.ok ? after.document.entries[0]?.value : undefined;
  return value !== undefined && sameTomlValue(value, elements) ? edited : plain;
}

interface Element {
  readonly value: TomlValue;
  /** Notes above it, which are not about it. */
  readonly loose: string;
  /** Its own comments above it, with its indentation. */
  readonly lead: string;
  /** Its bytes, and comments between it and its comma. */
  readonly text: string;
  /** After its comma, to the end of the line. */
  readonly trail: string;
}

interface ArrayText {
  /** From the bracket to the end of its line. */
  readonly head: string;
  readonly elements: readonly Element[];
  /** Behind the last element, to the closing bracket. */
  readonly tail: string;
  readonly lastComma: boolean;
  readonly eol: string;
}

/** `undefined` if it is not an array, or has no comment. */
function readArray(literal: string): ArrayText | undefined {
  const start = 'v = '.length;
  const source = `v = ${literal}`;
  const parsed = parseToml(source);
  const values = parsed.ok ? parsed.document.entries[0]?.value : undefined;
  if (values === undefined || !isTomlArray(values)) return undefined;
  const tree = tomlTree(source);
  if (tree.comments.length === 0) return undefined;
  const [pair] = tree.body[0].body;
  if (pair?.type !== 'TOMLKeyValue' || pair.value.type !== 'TOMLArray') return undefined;
  const ranges = pair.value.elements.map(({ range }) => range);
  const end = pair.value.range[1] - 1;
  const head = source.slice(start, restOfLine(source, start + 1));
  const elements: Element[] = [];
  let from = start + head.length;
  let lastComma = false;
  for (const [index, [first, last]] of ranges.entries()) {
    const comma = commaBetween(source, last, ranges[index + 1]?.[0] ?? end);
    lastComma = comma !== undefined;
    const close = restOfLine(source, comma === undefined ? last : comma + 1);
    const { loose, lead } = splitNotes(source.slice(from, first));
    const text = source.slice(first, comma ?? last);
    const trail = source.slice(comma === undefined ? last : comma + 1, close);
    elements.push({ value: values[index] ?? '', loose, lead, text, trail });
    from = close;
  }
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  return { head, elements, tail: source.slice(from, end), lastComma, eol };
}

/** The offset behind the line end, if the rest of the line is blank or a comment; otherwise the same offset. */
function restOfLine(source: string, offset: number): number {
  const newline = source.indexOf('\n', offset);
  const rest = source.slice(offset, newline < 0 ? source.length : newline);
  return newline >= 0 && /^[ \t\r]*(#|$)/.test(rest) ? newline + 1 : offset;
}

/** The offset of the comma between two offsets, where else there are only blanks and comments. */
function commaBetween(source: string, from: number, to: number): number | undefined {
  const gap = source.slice(from, to).replace(/#[^\n]*/g, (comment) => ' '.repeat(comment.length));
  return gap.includes(',') ? from + gap.indexOf(',') : undefined;
}

/** The notes above an element: up to the last blank line, or to the last element that is switched off. */
function splitNotes(text: string): { loose: string; lead: string } {
  const lines = text.split(/(?<=\n)/);
  const apart = lines.findLastIndex(
    (line) => /\n$/.test(line) && (line.trim() === '' || isDisabled(line)),
  );
  return { loose: lines.slice(0, apart + 1).join(''), lead: lines.slice(apart + 1).join('') };
}

function isDisabled(line: string): boolean {
  const text = line.trim().replace(/^#+[ \t]*/, '');
  return /^["'[{\d+-]/.test(text) && parseToml(`v = [${text}\n]`).ok;
}

function write({ head, elements, tail, lastComma, eol }: ArrayText, wanted: readonly TomlValue[]) {
  const chosen = chosenElements(elements, wanted);
  const stays = new Set(chosen.filter((element) => element !== undefined));
  const trails = sharedTrails(elements, stays);
  const notes = looseNotes(elements, stays);
  const indent = /(?:^|\n)([ \t]+)$/.exec(elements[0]?.lead ?? '')?.[1] ?? '  ';
  const parts = [elements.length === 0 ? head + notesOf(tail) : head];
  const isLineStart = () => /\n[ \t]*$/.test(parts.at(-1) ?? '');
  for (const [index, element] of chosen.entries()) {
    const comma = index < chosen.length - 1 || lastComma ? ',' : '';
    if (element === undefined) {
      if (!isLineStart()) parts.push(`${parts.pop()?.trimEnd()}${eol}`);
      parts.push(`${indent}${valueLiteral(wanted[index] ?? '')}${comma}${eol}`);
    } else {
      const above = (notes.get(element) ?? '') + element.lead;
      const line = above.includes('#') && !isLineStart() ? eol : '';
      parts.push(`${line}${above}${element.text}${comma}${trails.get(element)}`);
    }
  }
  const rest =
    elements.length === 0 ? tail.slice(notesOf(tail).length) : (notes.get('tail') ?? '') + tail;
  const line = rest.includes('#') && !isLineStart() && !/^[ \t]*\r?\n/.test(rest) ? eol : '';
  return `${parts.join('')}${line}${rest}]`;
}

/** The notes in an array without elements, without the indentation of its bracket. */
function notesOf(tail: string): string {
  return tail.slice(0, tail.lastIndexOf('\n') + 1);
}

/** For each wanted element, the old one that it is. */
function chosenElements(
  elements: readonly Element[],
  wanted: readonly TomlValue[],
): (Element | undefined)[] {
  const open = new Map<string, Element[]>();
  for (const element of elements) {
    const id = canonicalToml(element.value);
    const same = open.get(id);
    if (same === undefined) open.set(id, [element]);
    else same.push(element);
  }
  return wanted.map((value) => open.get(canonicalToml(value))?.shift());
}

/** The text after each element that stays. A comment after several elements on a line is about all of them. */
function sharedTrails(
  elements: readonly Element[],
  stays: ReadonlySet<Element>,
): Map<Element, string> {
  const trails = new Map(elements.map((element) => [element, element.trail]));
  let onLine: Element | undefined;
  for (const element of elements) {
    if (/\n/.test(element.loose + element.lead)) onLine = undefined;
    if (stays.has(element)) onLine = element;
    else if (onLine !== undefined && element.trail.includes('#')) {
      trails.set(onLine, element.trail);
    }
    if (element.trail.includes('\n')) onLine = undefined;
  }
  return trails;
}

/** The notes above each element that stays, with those of the elements that do not; the last ones go to the tail. */
function looseNotes(
  elements: readonly Element[],
  stays: ReadonlySet<Element>,
): Map<Element | 'tail', string> {
  const notes = new Map<Element | 'tail', string>();
  let left = '';
  for (const element of elements) {
    left += stays.has(element) || element.loose.includes('#') ? element.loose : '';
    if (!stays.has(element)) continue;
    notes.set(element, left);
    left = '';
  }
  return notes.set('tail', left);
}
