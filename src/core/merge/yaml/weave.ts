import type { Outcome, Outcomes, Sides } from './decide.ts';
import { markText, mergeFlow } from './flow.ts';
import { type BodySides, type GapMerge, mergeGaps } from './gaps.ts';
import { indentStyleOf, shifted, shiftsOf } from './indent.ts';
import { type Body, type Entry, type EntryLines, notesIn } from './layout.ts';
import type { YamlFile } from './read.ts';
import { lineAt, lineText, startOf } from './source.ts';
import { type Edit, splice } from './splice.ts';

/** An entry that stands on lines of its own. */
type BlockEntry = Entry & { readonly lines: EntryLines };

/**
 * Writes the outcomes into the operator's text. Only the ranges that change are touched; what
 * comes in takes on the operator's line ends and indentation.
 *
 * @returns the new text, as {@link YamlFile.source} has it
 * @throws UnsafeMerge
 */
export function weave(files: Sides<YamlFile>, outcomes: Outcomes): string {
  const { base, current, incoming } = files;
  const { source } = current;
  const style = indentStyleOf(source, current.rootToken);
  const edits: Edit[] = [];
  if (current.root.style === 'block') {
    weaveBody({ base: base.root, current: current.root, incoming: incoming.root }, outcomes);
  } else {
    const text = mergeFlow(source, current.root, incoming.source, incoming.root, outcomes);
    edits.push({ start: current.root.start, end: current.root.end, text });
  }
  return splice(source.text, edits);

  function weaveBody(bodies: BodySides, outcomes: Outcomes): void {
    const gaps = mergeGaps(files, bodies, outcomes);
    for (const entry of bodies.current.entries.values()) {
      const sides = {
        base: bodies.base?.entries.get(entry.key),
        current: entry as BlockEntry,
        incoming: bodies.incoming.entries.get(entry.key),
      };
      const outcome = outcomes.get(entry.key);
      if (outcome !== undefined) weaveEntry(sides, outcome);
    }
    insertAdded(bodies, outcomes, gaps);
    edits.push(...gaps.edits);
  }

  function weaveEntry(sides: EntrySides, outcome: Outcome): void {
    if (outcome.do === 'drop') drop(sides);
    if (outcome.do === 'drop' || sides.incoming === undefined) return;
    if (outcome.do === 'take') replaceValue(sides.base, sides.current, sides.incoming);
    if (outcome.do === 'merge') mergeValue(sides, sides.incoming, outcome);
    if (outcome.do !== 'keep' || !outcome.disputed) followTrail(sides);
  }

  function drop(sides: EntrySides): void {
    edits.push(wholeLines(dropLine(sides), sides.current.lines.end, ''));
  }

  /** An entry goes with the comments above it, but for those of the operator's further up. */
  function dropLine({ base: old, current: { lines } }: Omit<EntrySides, 'incoming'>): number {
    const vendors = old?.lines === undefined ? [] : notesOf(base, old.lines.gap, old.lines.head);
    const own = notesOf(current, lines.gap, lines.head);
    return own.every((note) => vendors.includes(note)) ? lines.gap : lines.head;
  }

  function replaceValue(old: Entry | undefined, entry: BlockEntry, vendors: Entry): void {
    const column = entry.start - startOf(source, entry.lines.own);
    const shiftOf = shiftsOf(incoming, vendors, column, style);
    const text = (from: number, to: number) =>
      shifted(incoming.source, from, to, shiftOf, source.eol);
    const theirs = inlineOf(incoming, vendors);
    replaceInline(entry, text(theirs.start, theirs.end));

    const { rest, tail, end } = entry.lines;
    const { lines } = vendors;
    const tailIsVendors =
      old?.lines !== undefined &&
      notesOf(base, old.lines.tail, old.lines.end).join('\n') ===
        notesOf(current, tail, end).join('\n');
    const last = tailIsVendors ? end : tail;
    const block =
      lines === undefined
        ? ''
        : text(
            startOf(incoming.source, lines.rest),
            startOf(incoming.source, tailIsVendors ? lines.end : lines.tail),
          );
    if (rest < last || block !== '') edits.push(wholeLines(rest, last, block));
  }

  /** `text`: what is to stand between the separator and the end of the line or the comment there. */
  function replaceInline(entry: Entry, text: string): void {
    const { start, end } = inlineOf(current, entry);
    const onNextLine = /^\s*[\r\n#]/.test(text);
    const from = text === '' || onNextLine || start === end ? entry.separatorEnd : start;
    const space = text !== '' && !onNextLine && from === entry.separatorEnd ? ' ' : '';
    edits.push({ start: from, end, text: space + text });
  }

  function mergeValue(sides: EntrySides, vendors: Entry, outcome: MergeOutcome): void {
    const entry = sides.current;
    if (entry.body === undefined || vendors.body === undefined) return;
    if (entry.body.style === 'flow') {
      const text = mergeFlow(source, entry.body, incoming.source, vendors.body, outcome.entries);
      const mark = outcome.mark
        ? markText(vendors.node)
        : source.text.slice(entry.valueStart, entry.body.start);
      edits.push({ start: entry.valueStart, end: entry.body.end, text: mark + text });
      return;
    }
    const oldBody = sides.base?.body?.kind === entry.body.kind ? sides.base.body : undefined;
    const emptied = isEmptied(entry.body, outcome.entries);
    if (outcome.mark || emptied) {
      const empty = entry.body.kind === 'map' ? '{}' : '[]';
      const mark = markText(outcome.mark ? vendors.node : entry.node);
      replaceInline(entry, `${mark}${emptied ? empty : ''}`.trim());
    }
    weaveBody({ base: oldBody, current: entry.body, incoming: vendors.body }, outcome.entries);
  }

  /** The comment behind a value, if only the vendor changed it. */
  function followTrail({ base: old, current: entry, incoming: vendors }: EntrySides): void {
    if (old?.lines === undefined || vendors?.lines === undefined) return;
    const [was, is, willBe] = [old.lines.trail, entry.lines.trail, vendors.lines.trail];
    if (was?.text !== is?.text || was?.text === willBe?.text) return;
    const end = is === undefined ? entry.inlineEnd : is.offset + is.text.length;
    if (is !== undefined && willBe !== undefined) {
      edits.push({ start: is.offset, end, text: willBe.text });
    } else {
      edits.push({ start: entry.inlineEnd, end, text: willBe ? `  ${willBe.text}` : '' });
    }
  }

  /** Puts each entry that comes in behind the one it follows in the vendor's file. */
  function insertAdded(bodies: BodySides, outcomes: Outcomes, gaps: GapMerge): void {
    const { column } = bodies.current;
    const front: string[] = [];
    let next: Entry | undefined;
    let before: Entry | undefined;
    for (const vendors of bodies.incoming.entries.values()) {
      const own = bodies.current.entries.get(vendors.key);
      const outcome = outcomes.get(vendors.key);
      if (own !== undefined && outcome?.do !== 'drop') before = own;
      if (outcome?.do !== 'add') {
        next ??= front.length > 0 ? vendors : undefined;
        continue;
      }
      const text = gaps.before(vendors.key) + entryText(vendors, column);
      if (before?.lines === undefined) front.push(text);
      else edits.push(wholeLines(before.lines.end, before.lines.end, text));
    }
    if (front.length === 0) return;
    const line = frontLine(bodies, outcomes, gaps);
    const blankBelow =
      next?.lines !== undefined &&
      isBlank(incoming, next.lines.gap) &&
      !gaps.follows(next.key) &&
      !isBlank(current, line);
    const text = front.join('').replace(/^(?:[ \t]*\r?\n)+/, '');
    edits.push(wholeLines(line, line, text + (blankBelow ? source.eol : '')));
  }

  /**
   * Where an entry goes that no other comes before. A comment at the top with a blank line below
   * is about the whole file or body, not about the entry that follows: it stays on top.
   */
  function frontLine(
    { base: old, current: body }: BodySides,
    outcomes: Outcomes,
    gaps: GapMerge,
  ): number {
    const first = body.entries.values().next().value as BlockEntry;
    if (gaps.follows(first.key)) return first.lines.gap;
    const sides = { base: old?.entries.get(first.key), current: first };
    const end = outcomes.get(first.key)?.do === 'drop' ? dropLine(sides) : first.lines.own;
    for (let line = end - 1; line > first.lines.gap; line -= 1) {
      if (!current.commentLines.has(line)) return line + 1;
    }
    return first.lines.gap;
  }

  function entryText(vendors: Entry, column: number): string {
    const { lines, keyNode } = vendors;
    const shiftOf = shiftsOf(incoming, vendors, column, style);
    const text = (from: number, to: number) =>
      shifted(incoming.source, from, to, shiftOf, source.eol);
    if (lines !== undefined) {
      return text(startOf(incoming.source, lines.own), startOf(incoming.source, lines.end));
    }
    const [keyStart, keyEnd] = keyNode?.range ?? [0, 0];
    const label = keyNode === null ? '-' : `${incoming.source.text.slice(keyStart, keyEnd)}:`;
    const value = text(vendors.valueStart, vendors.contentEnd);
    return `${' '.repeat(column)}${`${label} ${value}`.trimEnd()}${source.eol}`;
  }

  /** `start` is where the value starts, or the separator's end if that is on a line above. */
  function inlineOf(file: YamlFile, entry: Entry): { start: number; end: number } {
    const { valueStart, separatorEnd, inlineEnd: end } = entry;
    const sameLine = lineAt(file.source, valueStart) === lineAt(file.source, separatorEnd);
    return { start: sameLine && valueStart < end ? valueStart : separatorEnd, end };
  }

  function wholeLines(from: number, to: number, text: string): Edit {
    return { start: startOf(source, from), end: startOf(source, to), text };
  }
}

interface EntrySides {
  readonly base: Entry | undefined;
  readonly current: BlockEntry;
  readonly incoming: Entry | undefined;
}

function isBlank({ source }: YamlFile, line: number): boolean {
  return lineText(source, line).trim() === '';
}

type MergeOutcome = Extract<Outcome, { do: 'merge' }>;

function notesOf(file: YamlFile, from: number, to: number): string[] {
  return notesIn(file, startOf(file.source, from), startOf(file.source, to));
}

function isEmptied(body: Body, outcomes: Outcomes): boolean {
  for (const key of body.entries.keys()) if (outcomes.get(key)?.do !== 'drop') return false;
  for (const outcome of outcomes.values()) if (outcome.do === 'add') return false;
  return true;
}
