import type { Outcomes, Sides } from './decide.ts';
import { shifted } from './indent.ts';
import { type Body, type Grid, notesIn } from './layout.ts';
import { startOf } from './source.ts';
import type { Edit } from './splice.ts';

/** Blank lines and comments before an entry, or at the end of a body: lines `from` to before `to`. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Stands for the end of a body, where no entry follows. */
const bodyEnd = Symbol('end of the body');
type Place = string | typeof bodyEnd;

export interface BodySides {
  readonly base: Body | undefined;
  readonly current: Body;
  readonly incoming: Body;
}

export interface GapMerge {
  /** For the gaps that become the vendor's. */
  readonly edits: readonly Edit[];
  /** The vendor's gap before an entry that comes in, as text for the operator's file. */
  readonly before: (key: string) => string;
  /** Does the operator's gap before this entry become the vendor's? */
  readonly follows: (key: string) => boolean;
}

/**
 * Merges the comments between the entries of one body three ways. A gap that only the vendor
 * changed becomes his; one that the operator changed stays. A comment of the vendor's that
 * moved to another gap of the body, while the operator's file keeps it in the old one, is not
 * doubled.
 */
export function mergeGaps(grids: Sides<Grid>, bodies: BodySides, outcomes: Outcomes): GapMerge {
  const gaps = {
    base: gapsOf(bodies.base),
    current: gapsOf(bodies.current),
    incoming: gapsOf(bodies.incoming),
  };
  const notes = (side: keyof typeof gaps, place: Place): string[] => {
    const gap = gaps[side].get(place);
    const { source } = grids[side];
    return gap === undefined
      ? []
      : notesIn(grids[side], startOf(source, gap.from), startOf(source, gap.to));
  };
  const outcomeAt = (place: Place) => (place === bodyEnd ? undefined : outcomes.get(place));
  const follows = (place: Place): boolean => {
    const outcome = outcomeAt(place);
    if (outcome?.do === 'drop' || (outcome?.do === 'keep' && outcome.disputed)) return false;
    if (!gaps.base.has(place) || !gaps.incoming.has(place)) return false;
    const old = notes('base', place);
    return same(notes('current', place), old) && !same(notes('incoming', place), old);
  };
  const replaced = new Set([...gaps.current.keys()].filter(follows));

  const allowed = new Map<string, number>();
  const count = (note: string, by: number) => allowed.set(note, (allowed.get(note) ?? 0) + by);
  for (const place of gaps.incoming.keys())
    for (const note of notes('incoming', place)) count(note, 1);
  for (const place of gaps.current.keys()) {
    if (replaced.has(place) || outcomeAt(place)?.do === 'drop') continue;
    const vendors = notes('base', place);
    for (const note of notes('current', place)) {
      const at = vendors.indexOf(note);
      if (at >= 0) count(vendors.splice(at, 1)[0] as string, -1);
    }
  }

  const texts = new Map<Place, string>();
  for (const [place, gap] of gaps.incoming) {
    if (replaced.has(place) || outcomeAt(place)?.do === 'add') texts.set(place, textOf(gap));
  }
  const edits = [...replaced].map((place) => {
    const { from, to } = gaps.current.get(place) as Gap;
    const { source } = grids.current;
    return { start: startOf(source, from), end: startOf(source, to), text: texts.get(place) ?? '' };
  });
  return {
    edits,
    before: (key) => texts.get(key) ?? '',
    follows: (key) => replaced.has(key),
  };

  function textOf(gap: Gap): string {
    const { source } = grids.incoming;
    const lines: string[] = [];
    for (let line = gap.from; line < gap.to; line += 1) {
      const [start, end] = [startOf(source, line), startOf(source, line + 1)];
      const note = source.text.slice(start, end).trim();
      if (note !== '') {
        if ((allowed.get(note) ?? 0) <= 0) continue;
        count(note, -1);
      }
      lines.push(shifted(source, start, end, shiftOf, grids.current.source.eol));
    }
    return lines.join('');
  }

  /** A comment that stands left of the vendor's keys was put there on purpose. */
  function shiftOf(line: number): number {
    const column = grids.incoming.commentLines.get(line) ?? 0;
    if (column < bodies.incoming.column) return 0;
    return bodies.current.column - bodies.incoming.column;
  }
}

function gapsOf(body: Body | undefined): Map<Place, Gap> {
  const gaps = new Map<Place, Gap>();
  if (body?.style !== 'block') return gaps;
  for (const { key, lines } of body.entries.values()) {
    if (lines !== undefined) gaps.set(key, { from: lines.gap, to: lines.own });
  }
  return gaps.set(bodyEnd, { from: body.gapLine, to: body.endLine });
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((note, i) => note === b[i]);
}
