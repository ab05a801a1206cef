/**
 * Standalone comments: headings, explanations, disabled keys. Comments that the vendor added are
 * inserted. Comments that the vendor changed or dropped follow if the operator left them unchanged.
 */
import type { Note, Section, TableNode } from '../../toml/document.ts';
import { notesOf } from './toml-nodes.ts';
import type { TomlSplicer } from './toml-splicer.ts';

/** @param base the table in the merge base; notes are comparable only if all three have a section */
export function mergeNotes(
  splicer: TomlSplicer,
  base: TableNode | undefined,
  current: TableNode,
  incoming: TableNode,
): void {
  const [before, here, there] = [sectionOf(base), sectionOf(current), sectionOf(incoming)];
  if (!before || !here || !there) return;
  const standing = byText(here);
  const take = (note: Note): Note | undefined => standing.get(idOf(note))?.shift();
  const [old, fresh] = [byNeighbour(before, there), byNeighbour(there, before)];
  for (const note of fresh.common) {
    const own = take(note);
    if (own) splicer.insertions.matchNote(own, note);
  }
  for (const [neighbour, added] of fresh.apart) {
    const { changed, gone } = pairUp(old.apart.get(neighbour) ?? [], added);
    for (const note of added) {
      const before = changed.get(note);
      const own = before && take(before);
      if (own) splicer.replaceNote(own, note);
      else if (!before) splicer.insertions.addNote(here, note, there.banner.includes(note));
    }
    drop(gone);
  }
  for (const [neighbour, dropped] of old.apart) {
    if (!fresh.apart.has(neighbour)) drop(dropped);
  }

  function drop(notes: readonly Note[]): void {
    for (const note of notes) {
      const own = take(note);
      if (own) splicer.removeNote(own);
    }
  }
}

/**
 * Matches the vendor's notes at one position with their earlier wording: first those that share most
 * lines, then the rest in order.
 */
function pairUp(
  dropped: readonly Note[],
  added: readonly Note[],
): { changed: ReadonlyMap<Note, Note>; gone: readonly Note[] } {
  const changed = new Map<Note, Note>();
  const left = new Set(dropped);
  for (const note of added) {
    let best: Note | undefined;
    for (const before of left) {
      if (sharedLines(before, note) > (best ? sharedLines(best, note) : 0)) best = before;
    }
    if (best) changed.set(note, best);
    if (best) left.delete(best);
  }
  for (const note of added) {
    const [next] = left;
    if (!next) break;
    if (changed.has(note)) continue;
    changed.set(note, next);
    left.delete(next);
  }
  return { changed, gone: [...left] };
}

function sharedLines(a: Note, b: Note): number {
  return a.comments.filter((line) => b.comments.includes(line)).length;
}

function sectionOf(table: TableNode | undefined): Section | undefined {
  return table?.form.kind === 'section' ? table.form.section : undefined;
}

interface Notes {
  /** Notes that the other section also has. */
  readonly common: readonly Note[];
  /** The other notes, by the nearest item above them that both sections have. */
  readonly apart: ReadonlyMap<string, readonly Note[]>;
}

function byNeighbour(section: Section, other: Section): Notes {
  const left = new Map<string, number>();
  for (const item of itemsOf(other)) left.set(idOf(item), (left.get(idOf(item)) ?? 0) + 1);
  const common: Note[] = [];
  const apart = new Map<string, Note[]>();
  let neighbour = '';
  for (const item of itemsOf(section)) {
    const id = idOf(item);
    const count = left.get(id) ?? 0;
    left.set(id, count - 1);
    if (count > 0) neighbour = id;
    if (item.kind !== 'note') continue;
    if (count > 0) common.push(item);
    else push(apart, neighbour, item);
  }
  return { common, apart };
}

type Item = Section['items'][number] | NonNullable<Section['header']>;

function itemsOf({ banner, header, items }: Section): Item[] {
  return [...banner, ...(header ? [header] : []), ...items];
}

/** Identifies the same item in two sections: a key by its names, a note by its text. */
function idOf(item: Item): string {
  if (item.kind === 'note') return `note ${item.comments.join('\n')}`;
  return item.kind === 'header' ? 'header' : `key ${JSON.stringify(item.names)}`;
}

function byText(section: Section): Map<string, Note[]> {
  const notes = new Map<string, Note[]>();
  for (const note of [...section.banner, ...notesOf(section)]) push(notes, idOf(note), note);
  return notes;
}

function push(notes: Map<string, Note[]>, key: string, note: Note): void {
  const same = notes.get(key);
  if (same) same.push(note);
  else notes.set(key, [note]);
}
