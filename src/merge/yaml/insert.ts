import type { Outcomes } from './decide.ts';
import { dropLine } from './drop.ts';
import type { BodySides, GapMerge } from './gaps.ts';
import type { Entry } from './layout.ts';
import { type BlockEntry, type Loom, lineEdit, restyled } from './loom.ts';
import type { YamlFile } from './read.ts';
import { lineText, startOf } from './source.ts';
import type { Edit } from './splice.ts';

/** Inserts each new entry after the one that it follows in the vendor's file. */
export function insertAdded(
  loom: Loom,
  bodies: BodySides,
  outcomes: Outcomes,
  gaps: GapMerge,
): Edit[] {
  const edits: Edit[] = [];
  const front: string[] = [];
  let afterFront: Entry | undefined;
  let before: Entry | undefined;
  for (const vendors of bodies.incoming.entries.values()) {
    const own = bodies.current.entries.get(vendors.key);
    const outcome = outcomes.get(vendors.key)?.do;
    if (own !== undefined && outcome !== 'drop') before = own;
    if (outcome === 'add') {
      const text = gaps.before(vendors.key) + entryText(loom, vendors, bodies.current.column);
      if (before?.lines === undefined) front.push(text);
      else edits.push(lineEdit(loom, before.lines.end, before.lines.end, text));
    } else if (front.length > 0) {
      afterFront ??= vendors;
    }
  }
  if (front.length > 0) {
    const line = frontLine(loom, bodies, outcomes, gaps);
    const blank = wantsBlankBelow(loom, line, afterFront, gaps)
      ? loom.files.current.source.eol
      : '';
    const text = front.join('').replace(/^(?:[ \t]*\r?\n)+/, '');
    edits.push(lineEdit(loom, line, line, text + blank));
  }
  return edits;
}

/** A vendor entry as whole lines of a block in the operator's file. */
function entryText(loom: Loom, vendors: Entry, column: number): string {
  const { source } = loom.files.incoming;
  const { lines, keyNode } = vendors;
  const text = restyled(loom, vendors, column);
  if (lines !== undefined) return text(startOf(source, lines.own), startOf(source, lines.end));
  const [keyStart, keyEnd] = keyNode?.range ?? [0, 0];
  const label = keyNode === null ? '-' : `${source.text.slice(keyStart, keyEnd)}:`;
  const value = text(vendors.valueStart, vendors.contentEnd);
  return `${' '.repeat(column)}${label} ${value}`.trimEnd() + loom.files.current.source.eol;
}

/**
 * The position for an entry that has no predecessor. A comment at the top with a blank line below
 * is about the whole file or body, not about the next entry, so it stays on top.
 */
function frontLine(
  { files }: Loom,
  { base, current: body }: BodySides,
  outcomes: Outcomes,
  gaps: GapMerge,
): number {
  const first = body.entries.values().next().value as BlockEntry;
  if (gaps.follows(first.key)) return first.lines.gap;
  const goes = outcomes.get(first.key)?.do === 'drop';
  const end = goes ? dropLine(files, base?.entries.get(first.key), first) : first.lines.own;
  for (let line = end - 1; line > first.lines.gap; line -= 1) {
    if (!files.current.commentLines.has(line)) return line + 1;
  }
  return first.lines.gap;
}

/** In the vendor's file a blank line follows the new entry; in the operator's file there is none yet. */
function wantsBlankBelow(
  { files }: Loom,
  line: number,
  next: Entry | undefined,
  gaps: GapMerge,
): boolean {
  return (
    next?.lines !== undefined &&
    isBlank(files.incoming, next.lines.gap) &&
    !gaps.follows(next.key) &&
    !isBlank(files.current, line)
  );
}

function isBlank({ source }: YamlFile, line: number): boolean {
  return lineText(source, line).trim() === '';
}
