import { notesOfLines } from './comments.ts';
import type { Entry, Sides } from './layout.ts';
import type { BlockEntry } from './loom.ts';
import type { YamlFile } from './read.ts';

/** The first line to remove with an entry: including everything above it, except the operator's comments. */
export function dropLine(
  { base, current }: Sides<YamlFile>,
  old: Entry | undefined,
  { lines }: BlockEntry,
): number {
  const vendors = new Set(
    old?.lines === undefined ? [] : notesOfLines(base, old.lines.gap, old.lines.head),
  );
  const own = notesOfLines(current, lines.gap, lines.head);
  return own.every((note) => vendors.has(note)) ? lines.gap : lines.head;
}
