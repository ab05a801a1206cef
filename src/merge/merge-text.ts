import { type LineChange, lineChanges } from './line-changes.ts';
import type { KeyChange, MergeOptions, MergeResult } from './result.ts';
import { lineEndOf, splitLines, withLineEnd } from './unified-diff.ts';

/**
 * Merges a text without keys, such as an nginx site, line by line (diff3). If both sides
 * changed the same or adjacent lines, `onConflict` decides which side is kept, and the
 * conflict is reported with the path []. There are never conflict markers. Only conflicts are
 * reported; a diff shows all other changes.
 *
 * Line ends, and whether the last line has one, are also merged three-way.
 *
 * @param base the last pristine render
 * @param current the operator's file
 * @param incoming the new render
 */
export function mergeText(
  base: string,
  current: string,
  incoming: string,
  options: MergeOptions,
): MergeResult {
  if (incoming === base || current === incoming) return merged(current, 'current', []);
  if (current === base) return merged(incoming, 'incoming', []);

  const texts = alignLineEnds({ base, current, incoming });
  const old = splitLines(texts.base);
  const ours = splitLines(texts.current);
  const theirs = splitLines(texts.incoming);
  const pieces: string[][] = [];
  const changes: KeyChange[] = [];
  let written = 0;
  const write = (lines: string[]) => {
    pieces.push(lines);
    written += lines.length;
  };
  let at = 0;
  for (const region of regionsOf(lineChanges(old, ours), lineChanges(old, theirs))) {
    write(old.slice(at, region.base[0]));
    at = region.base[1];
    const own = region.ours && ours.slice(...region.ours);
    const vendors = region.theirs && theirs.slice(...region.theirs);
    if (own && vendors && own.join('') !== vendors.join('')) {
      const before = options.onConflict === 'stop' ? (region.ours?.[0] ?? 0) : written;
      changes.push({ path: [], kind: 'conflict', line: before + 1 });
    }
    write((options.onConflict === 'theirs' ? (vendors ?? own) : (own ?? vendors)) ?? []);
  }
  write(old.slice(at));
  const text = texts.finish(pieces.flat().join(''));
  return merged(
    text,
    text === current ? 'current' : text === incoming ? 'incoming' : 'both',
    changes,
  );
}

/** From a line to before another, from 0. */
type Span = readonly [from: number, to: number];

/** A place where one side, or both, changed the base. A side that did not change it has no span. */
interface Region {
  readonly base: Span;
  readonly ours: Span | undefined;
  readonly theirs: Span | undefined;
}

/** Changes of both sides that overlap or touch share a region (diff3). */
function regionsOf(ours: readonly LineChange[], theirs: readonly LineChange[]): Region[] {
  const [own, vendors] = [new Side(ours), new Side(theirs)];
  const regions: Region[] = [];
  for (;;) {
    const start = Math.min(own.next, vendors.next);
    if (start === Number.POSITIVE_INFINITY) return regions;
    let end = start;
    while (Math.min(own.next, vendors.next) <= end) {
      end = Math.max(end, (own.next <= vendors.next ? own : vendors).take());
    }
    regions.push({
      base: [start, end],
      ours: own.span(start, end),
      theirs: vendors.span(start, end),
    });
  }
}

/** Walks through the changes of one side. */
class Side {
  readonly #changes: readonly LineChange[];
  #at = 0;
  /** How many lines it has more than the base, before the region and so far. */
  #shift = { before: 0, now: 0 };
  #taken = false;

  constructor(changes: readonly LineChange[]) {
    this.#changes = changes;
  }

  /** The base line of the next change. */
  get next(): number {
    return this.#changes[this.#at]?.before ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next change into the region. @returns the base line after it */
  take(): number {
    const { before, removed, after, added } = this.#changes[this.#at++] as LineChange;
    this.#shift.now = after + added - before - removed;
    this.#taken = true;
    return before + removed;
  }

  /** The lines of this side for a region of the base, which ends here; `undefined` if it took no change into it. */
  span(start: number, end: number): Span | undefined {
    const { before, now } = this.#shift;
    const taken = this.#taken;
    this.#shift.before = now;
    this.#taken = false;
    return taken ? [start + before, end + now] : undefined;
  }
}

function merged(
  text: string,
  from: 'current' | 'incoming' | 'both',
  changes: readonly KeyChange[],
): MergeResult {
  return { kind: 'merged', text, from, changes };
}

interface Texts {
  readonly base: string;
  readonly current: string;
  readonly incoming: string;
}

/**
 * Converts all three texts to the line ends of the result, so that lines which differ only in
 * their line end are equal, and ends every last line. `finish` removes the last line end if it is
 * not wanted. An operator's file with mixed line ends is unchanged.
 */
function alignLineEnds(texts: Texts): Texts & { finish: (text: string) => string } {
  const [was, is, willBe] = [texts.base, texts.current, texts.incoming].map(lineEndOf);
  const wanted = is === was ? (willBe ?? is) : is;
  const align = (text: string) => {
    const aligned = is === undefined || wanted === undefined ? text : withLineEnd(text, wanted);
    return isEnded(aligned) ? aligned : aligned + (wanted ?? '\n');
  };
  const changed = isEnded(texts.current) !== isEnded(texts.base);
  const ended = isEnded(changed ? texts.current : texts.incoming);
  return {
    base: align(texts.base),
    current: align(texts.current),
    incoming: align(texts.incoming),
    finish: (text) => (ended ? text : text.replace(/\r?\n$/, '')),
  };
}

function isEnded(text: string): boolean {
  return text === '' || text.endsWith('\n');
}
