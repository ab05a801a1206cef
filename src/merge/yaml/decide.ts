import type { KeyChange, KeyPath } from '../result.ts';
import { type Grid, notesIn, notesOfLines } from './comments.ts';
import type { Body, Entry, Sides } from './layout.ts';
import { samePlain, sameWords } from './plain.ts';
import { startOf } from './source.ts';

/** The outcome for one entry of the operator's file, or for one that only the vendor has. */
export type Outcome =
  /** Stays. Without a dispute, comments that only the vendor changed are updated. */
  | { readonly do: 'keep'; readonly disputed: boolean }
  | { readonly do: 'take' | 'drop' | 'add' }
  /** Merges entry by entry. `mark`: its anchor or tag becomes the vendor's. */
  | { readonly do: 'merge'; readonly mark: boolean; readonly entries: Outcomes };

export type Outcomes = ReadonlyMap<string, Outcome>;

interface Decision {
  readonly outcomes: Outcomes;
  readonly changes: readonly KeyChange[];
}

/** Goes through the three files key by key; rules 1 to 3 of ../shared/DESIGN.md. */
export function decide(
  grids: Sides<Grid>,
  roots: { readonly base: Body; readonly current: Body; readonly incoming: Body },
  theirs: boolean,
): Decision {
  const changes: KeyChange[] = [];
  return { outcomes: decideBody(roots, []), changes };

  function decideBody(bodies: SidesOf<Body>, path: KeyPath): Outcomes {
    const outcomes = new Map<string, Outcome>();
    const { base, current, incoming } = bodies;
    for (const key of new Set([
      ...(current?.entries.keys() ?? []),
      ...(incoming?.entries.keys() ?? []),
      ...(base?.entries.keys() ?? []),
    ])) {
      const entries = {
        base: base?.entries.get(key),
        current: current?.entries.get(key),
        incoming: incoming?.entries.get(key),
      };
      const outcome = decideEntry(entries, [...path, key]);
      if (outcome !== undefined) outcomes.set(key, outcome);
    }
    return outcomes;
  }

  function decideEntry({ base, current, incoming }: SidesOf<Entry>, path: KeyPath) {
    const report = (kind: KeyChange['kind']) => void changes.push({ path, kind });
    if (current?.body && incoming?.body && current.body.kind === incoming.body.kind) {
      if (current.body.entries.size > 0 || !samePlain(base?.plain, current.plain)) {
        return mergeEntry({ base, current, incoming }, path);
      }
    }
    if (samePlain(current?.plain, incoming?.plain)) {
      return current === undefined ? undefined : keep(false);
    }
    if (samePlain(base?.plain, incoming?.plain)) {
      report('kept');
      return current === undefined ? undefined : keep(false);
    }
    const vendors = incoming === undefined ? 'drop' : current === undefined ? 'add' : 'take';
    const untouched =
      samePlain(base?.plain, current?.plain) && !annotated(grids, base, current, vendors);
    if (untouched) {
      report(vendors === 'drop' ? 'removed' : vendors === 'add' ? 'added' : 'changed');
      return { do: vendors } as const;
    }
    if (sameWords(base?.plain, incoming?.plain)) {
      report('kept');
      return current === undefined ? undefined : keep(false);
    }
    report('conflict');
    if (theirs) return { do: vendors } as const;
    return current === undefined ? undefined : keep(true);
  }

  function mergeEntry({ base, current, incoming }: SidesOf<Entry>, path: KeyPath): Outcome {
    const baseBody = base?.body?.kind === current?.body?.kind ? base?.body : undefined;
    const bodies = { base: baseBody, current: current?.body, incoming: incoming?.body };
    const marks = [base, current, incoming].map((entry) => entry?.plain.mark ?? '');
    const vendors = marks[1] !== marks[2] && marks[0] !== marks[2];
    const disputed = vendors && marks[0] !== marks[1];
    if (marks[1] !== marks[2]) {
      changes.push({ path, kind: disputed ? 'conflict' : vendors ? 'changed' : 'kept' });
    }
    const mark = vendors && (theirs || !disputed);
    return { do: 'merge', mark, entries: decideBody(bodies, path) };
  }
}

type SidesOf<T> = Partial<Sides<T | undefined>>;

function keep(disputed: boolean): Outcome {
  return { do: 'keep', disputed };
}

/**
 * Whether the vendor's change would remove a comment that the operator wrote. A new value
 * keeps the comments around it; a removed key takes them along.
 */
export function annotated(
  grids: Sides<Grid>,
  base: Entry | undefined,
  current: Entry | undefined,
  change: 'take' | 'add' | 'drop',
): boolean {
  if (base === undefined || current === undefined || change === 'add') return false;
  const notes = change === 'drop' ? notesAround : notesInside;
  const vendors = new Map<string, number>();
  for (const note of notes(grids.base, base)) vendors.set(note, (vendors.get(note) ?? 0) + 1);
  return notes(grids.current, current).some((note) => {
    const left = vendors.get(note) ?? 0;
    vendors.set(note, left - 1);
    return left <= 0;
  });
}

/** The comments of a value, without the one after it, which always stays. */
function notesInside(grid: Grid, { separatorEnd, contentEnd, lines }: Entry): string[] {
  if (lines === undefined) return notesIn(grid, separatorEnd, contentEnd);
  const end = startOf(grid.source, lines.tail);
  const trail = lines.trail?.offset ?? end;
  return [...notesIn(grid, separatorEnd, trail), ...notesIn(grid, trail + 1, end)];
}

function notesAround(grid: Grid, { start, contentEnd, lines }: Entry): string[] {
  if (lines === undefined) return notesIn(grid, start, contentEnd);
  return notesOfLines(grid, lines.head, lines.end);
}
