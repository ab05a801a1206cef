import { diffArrays } from 'diff';

/** A run of lines that differ; lines count from 0. */
export interface LineChange {
  readonly before: number;
  readonly removed: number;
  readonly after: number;
  readonly added: number;
}

/** The index of a line in the old text, and of the same line in the new one. */
type Match = readonly [old: number, now: number];

/**
 * The changes that turn one text into another, in order, with a common line between any two. Like patience diff, it
 * first matches the lines that occur once in each text. Only the repeated lines between them are left to Myers' algorithm,
 * whose time grows with the square of the differences.
 */
export function lineChanges(old: readonly string[], now: readonly string[]): LineChange[] {
  const changes: LineChange[] = [];
  let [before, after] = [0, 0];
  for (const [oldLine, nowLine] of [...matchesOf(old, now), end(old, now)]) {
    const [removed, added] = [oldLine - before, nowLine - after];
    if (removed > 0 || added > 0) changes.push({ before, removed, after, added });
    [before, after] = [oldLine + 1, nowLine + 1];
  }
  return changes;
}

function end(old: readonly string[], now: readonly string[]): Match {
  return [old.length, now.length];
}

function matchesOf(old: readonly string[], now: readonly string[]): Match[] {
  const matches: Match[] = [];
  let from: Match = [0, 0];
  for (const to of [...anchorsOf(old, now), end(old, now)]) {
    for (const match of matchesBetween(old, now, from, to)) matches.push(match);
    if (to[0] < old.length) matches.push(to);
    from = [to[0] + 1, to[1] + 1];
  }
  return matches;
}

function matchesBetween(
  old: readonly string[],
  now: readonly string[],
  [oldStart, nowStart]: Match,
  [oldEnd, nowEnd]: Match,
): Match[] {
  const most = Math.min(oldEnd - oldStart, nowEnd - nowStart);
  let head = 0;
  while (head < most && old[oldStart + head] === now[nowStart + head]) head += 1;
  let tail = 0;
  while (tail < most - head && old[oldEnd - 1 - tail] === now[nowEnd - 1 - tail]) tail += 1;
  return [
    ...diagonal(oldStart, nowStart, head),
    ...repeatedMatches(
      indexed(old, oldStart + head, oldEnd - tail),
      indexed(now, nowStart + head, nowEnd - tail),
    ),
    ...diagonal(oldEnd - tail, nowEnd - tail, tail),
  ];
}

function diagonal(old: number, now: number, count: number): Match[] {
  return Array.from({ length: count }, (_, n) => [old + n, now + n]);
}

interface Line {
  readonly index: number;
  readonly text: string;
}

function indexed(lines: readonly string[], from: number, to: number): Line[] {
  return lines.slice(from, to).map((text, n) => ({ index: from + n, text }));
}

/** Beyond this, repeated lines count as different, because the time would grow with the square of the text. */
const mostEdits = 500;

function repeatedMatches(old: readonly Line[], now: readonly Line[]): Match[] {
  const [left, right] = [sharedWith(now, old), sharedWith(old, now)];
  if (left.length === 0) return [];
  const comparator = (a: Line, b: Line) => a.text === b.text;
  const parts = diffArrays(left, right, { comparator, maxEditLength: mostEdits }) ?? [];
  const matches: Match[] = [];
  let [a, b] = [0, 0];
  for (const { count, added, removed } of parts) {
    for (let n = 0; n < count && !added && !removed; n += 1) {
      matches.push([(left[a + n] as Line).index, (right[b + n] as Line).index]);
    }
    if (!added) a += count;
    if (!removed) b += count;
  }
  return matches;
}

/** The lines that the other text has, too. No other line can match. */
function sharedWith(other: readonly Line[], lines: readonly Line[]): Line[] {
  const texts = new Set(other.map(({ text }) => text));
  return lines.filter(({ text }) => texts.has(text));
}

/** The lines that each text has exactly once, as far as their order agrees. */
function anchorsOf(old: readonly string[], now: readonly string[]): Match[] {
  const there = uniqueLines(now);
  const common = [...uniqueLines(old)].flatMap(([line, index]): Match[] => {
    const other = there.get(line);
    return other === undefined ? [] : [[index, other]];
  });
  return longestRise(common);
}

function uniqueLines(text: readonly string[]): Map<string, number> {
  const lines = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, line] of text.entries()) {
    if (lines.has(line)) repeated.add(line);
    lines.set(line, index);
  }
  for (const line of repeated) lines.delete(line);
  return lines;
}

/** The longest selection of matches that also rises in the new text; patience sorting. */
function longestRise(matches: readonly Match[]): Match[] {
  interface Link {
    readonly match: Match;
    readonly before: Link | undefined;
  }
  const piles: Link[] = [];
  for (const match of matches) {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((piles[middle]?.match[1] ?? 0) < match[1]) low = middle + 1;
      else high = middle;
    }
    piles[low] = { match, before: piles[low - 1] };
  }
  const rise: Match[] = [];
  for (let link = piles.at(-1); link !== undefined; link = link.before) rise.push(link.match);
  return rise.reverse();
}
