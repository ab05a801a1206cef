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
  const take = (note: Note): Note | undefined => standing.get(idOf(note))?.pop();
  const banner = new Set(there.banner);
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
      else if (!before) splicer.insertions.addNote(here, note, banner.has(note));
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
  const mostSimilar = similarNotes(dropped, left);
  for (const note of added) {
    const best = mostSimilar(note);
    if (best) changed.set(note, best);
    if (best) left.delete(best);
  }
  const rest = [...left];
  for (const note of added) {
    const next = rest.at(-left.size);
    if (left.size === 0 || !next) break;
    if (changed.has(note)) continue;
    changed.set(note, next);
    left.delete(next);
  }
  return { changed, gone: [...left] };
}

/** A line in more notes than this, such as a rule of dashes, does not show that two notes are alike. */
const mostHolders = 20;

/** Finds the note that shares most lines with another, among those that are left; the first of several. */
function similarNotes(
  notes: readonly Note[],
  left: ReadonlySet<Note>,
): (note: Note) => Note | undefined {
  const holders = new Map<string, number[]>();
  for (const [index, { comments }] of notes.entries()) {
    for (const line of new Set(comments)) {
      const found = holders.get(line);
      if (found) found.push(index);
      else holders.set(line, [index]);
    }
  }
  return ({ comments }) => {
    const shared = new Map<number, number>();
    for (const line of comments) {
      const found = holders.get(line) ?? [];
      for (const index of found.length > mostHolders ? [] : found) {
        shared.set(index, (shared.get(index) ?? 0) + 1);
      }
    }
    let best: [index: number, lines: number] | undefined;
    for (const [index, lines] of shared) {
      if (!left.has(notes[index] as Note)) continue;
      if (!best || lines > best[1] || (lines === best[1] && index < best[0])) best = [index, lines];
    }
    return best && notes[best[0]];
  };
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

/** The last note comes first. */
function byText(section: Section): Map<string, Note[]> {
  const notes = new Map<string, Note[]>();
  for (const note of [...section.banner, ...notesOf(section)].reverse()) {
    push(notes, idOf(note), note);
  }
  return notes;
}

function push(notes: Map<string, Note[]>, key: string, note: Note): void {
  const same = notes.get(key);
  if (same) same.push(note);
  else notes.set(key, [note]);
}
