import { type Grid, notesOfLines, sameNotes } from './comments.ts';
import type { Outcomes } from './decide.ts';
import { shifted } from './indent.ts';
import type { Body, Sides } from './layout.ts';
import { startOf } from './source.ts';
import type { Edit } from './splice.ts';
import type { IsSurplus } from './surplus.ts';

/** Blank lines and comments before an entry, or at the end of a body: lines `from` to before `to`. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly notes: readonly string[];
}

/** Represents the end of a body, where no entry follows. */
const bodyEnd = Symbol('end of the body');
type Gaps = ReadonlyMap<string | typeof bodyEnd, Gap>;

export interface BodySides {
  readonly base: Body | undefined;
  readonly current: Body;
  readonly incoming: Body;
}

export interface GapMerge {
  /** For the gaps that become the vendor's. */
  readonly edits: readonly Edit[];
  /** The vendor's gap before an inserted entry, as text for the operator's file. */
  readonly before: (key: string) => string;
  /** Whether the operator's gap before this entry is replaced by the vendor's. */
  readonly follows: (key: string) => boolean;
}

/**
 * Three-way merge of the comments between the entries of one body: a gap that only the vendor
 * changed becomes the vendor's; a gap that the operator changed stays.
 */
export function mergeGaps(
  grids: Sides<Grid>,
  bodies: BodySides,
  outcomes: Outcomes,
  isSurplus: IsSurplus,
): GapMerge {
  const gaps = {
    base: gapsOf(grids.base, bodies.base),
    current: gapsOf(grids.current, bodies.current),
    incoming: gapsOf(grids.incoming, bodies.incoming),
  };
  const gone = new Set<unknown>();
  const disputed = new Set<unknown>();
  const added = new Set<unknown>();
  for (const [key, outcome] of outcomes) {
    if (outcome.do === 'drop') gone.add(key);
    if (outcome.do === 'add') added.add(key);
    if (outcome.do === 'keep' && outcome.disputed) disputed.add(key);
  }
  const followers = new Map(
    [...gaps.current].filter(([place, gap]) => {
      const [old, vendors] = [gaps.base.get(place), gaps.incoming.get(place)];
      if (gone.has(place) || disputed.has(place) || !old || !vendors) return false;
      return sameNotes(gap.notes, old.notes) && !sameNotes(vendors.notes, old.notes);
    }),
  );
  const texts = new Map(
    [...gaps.incoming]
      .filter(([place]) => followers.has(place) || added.has(place))
      .map(([place, gap]) => [place, gapText(grids, bodies, gap, isSurplus)]),
  );
  const { source } = grids.current;
  return {
    edits: [...followers].map(([place, { from, to }]) => ({
      start: startOf(source, from),
      end: startOf(source, to),
      text: texts.get(place) ?? '',
    })),
    before: (key) => texts.get(key) ?? '',
    follows: (key) => followers.has(key),
  };
}

function gapsOf(grid: Grid, body: Body | undefined): Gaps {
  const gaps = new Map<string | typeof bodyEnd, Gap>();
  if (body?.style !== 'block') return gaps;
  const gap = (from: number, to: number) => ({ from, to, notes: notesOfLines(grid, from, to) });
  for (const { key, lines } of body.entries.values()) {
    if (lines !== undefined) gaps.set(key, gap(lines.gap, lines.own));
  }
  return gaps.set(bodyEnd, gap(body.gapLine, body.endLine));
}

/** The vendor's gap in the operator's columns. */
function gapText(
  grids: Sides<Grid>,
  bodies: BodySides,
  { from, to }: Gap,
  isSurplus: IsSurplus,
): string {
  const { source, commentLines } = grids.incoming;
  const lines: string[] = [];
  for (let line = from; line < to; line += 1) {
    const [start, end] = [startOf(source, line), startOf(source, line + 1)];
    const note = source.text.slice(start, end).trim();
    if (note !== '' && isSurplus(note)) continue;
    // A comment to the left of the vendor's keys was put there on purpose.
    const outside = (commentLines.get(line) ?? 0) < bodies.incoming.column;
    const shift = outside ? 0 : bodies.current.column - bodies.incoming.column;
    lines.push(shifted(source, start, end, () => shift, grids.current.source.eol));
  }
  return lines.join('');
}
