import { notesOfLines, sameNotes } from './comments.ts';
import type { Entry } from './layout.ts';
import { type EntrySides, type Loom, lineEdit, restyled } from './loom.ts';
import type { YamlFile } from './read.ts';
import { columnOf, lineAt, startOf } from './source.ts';
import type { Edit } from './splice.ts';

/** Replaces the operator's value with the vendor's. The comments around it stay. */
export function replaceValue(
  loom: Loom,
  { base: old, current: entry }: Omit<EntrySides, 'incoming'>,
  vendors: Entry,
): Edit[] {
  const { base, current, incoming } = loom.files;
  const text = restyled(loom, vendors, columnOf(current.source, entry.start));
  const inline = inlineOf(incoming, vendors);
  const edits = [replaceInline(current, entry, text(inline.start, inline.end))];

  // Comments nested below the old value are removed with it, unless the operator wrote them.
  const { rest, tail, end } = entry.lines;
  const tailIsVendors =
    old?.lines !== undefined &&
    sameNotes(notesOfLines(base, old.lines.tail, old.lines.end), notesOfLines(current, tail, end));
  const last = tailIsVendors ? end : tail;
  const { lines } = vendors;
  const [from, to] =
    lines === undefined ? [0, 0] : [lines.rest, tailIsVendors ? lines.end : lines.tail];
  const block = text(startOf(incoming.source, from), startOf(incoming.source, to));
  if (rest < last || block !== '') edits.push(lineEdit(loom, rest, last, block));
  return edits;
}

/**
 * Replaces the anchor and tag of a collection that is kept.
 *
 * @param mark followed by a space, or empty
 * @param empty what to write for a block that has become empty
 */
export function replaceMark(current: YamlFile, entry: Entry, mark: string, empty: string): Edit {
  const { body } = entry;
  if (body?.style === 'flow') return { start: entry.valueStart, end: body.start, text: mark };
  return replaceInline(current, entry, (mark + empty).trim());
}

/**
 * Replaces the text between the separator and the end of the line, or the comment there.
 *
 * @param text the new value's first line, or empty; one that starts on the next line starts with
 *   the line end
 */
function replaceInline(current: YamlFile, entry: Entry, text: string): Edit {
  const { start, end } = inlineOf(current, entry);
  const onNextLine = /^\s*[\r\n#]/.test(text);
  const from = text === '' || onNextLine ? entry.separatorEnd : start;
  const space = text !== '' && !onNextLine && from === entry.separatorEnd ? ' ' : '';
  return { start: from, end, text: space + text };
}

/** `start` is where the value starts, or the end of the separator if that is on an earlier line. */
function inlineOf(file: YamlFile, entry: Entry): { start: number; end: number } {
  const { valueStart, separatorEnd, inlineEnd: end } = entry;
  const sameLine = lineAt(file.source, valueStart) === lineAt(file.source, separatorEnd);
  return { start: sameLine && valueStart < end ? valueStart : separatorEnd, end };
}

/** The comment after a value, if only the vendor changed it. */
export function followTrail({ isSurplus }: Loom, { base, current, incoming }: EntrySides): Edit[] {
  if (base?.lines === undefined || incoming?.lines === undefined) return [];
  const [was, is, willBe] = [base.lines.trail, current.lines.trail, incoming.lines.trail];
  if (was?.text !== is?.text || was?.text === willBe?.text) return [];
  const text = willBe && !isSurplus(willBe.text) ? willBe.text : undefined;
  if (is !== undefined && text !== undefined) {
    return [{ start: is.offset, end: is.offset + is.text.length, text }];
  }
  const end = is === undefined ? current.inlineEnd : is.offset + is.text.length;
  return [{ start: current.inlineEnd, end, text: text === undefined ? '' : `  ${text}` }];
}
