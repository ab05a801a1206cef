/** The lines of each text between two lines that all texts have in common. */
interface Stretch {
  /** Index of the first line, for each text. */
  readonly starts: readonly number[];
  readonly lines: readonly string[][];
}

/**
 * Splits texts at the lines that all of them share, like patience diff: at common lines at the start
 * and end, and at every line that occurs once in each text, as far as their order agrees. Lines
 * outside all stretches are the same in all texts. A diff takes quadratic time in
 * repeated lines, which are few within a stretch.
 */
export function stretchesOf(texts: readonly (readonly string[])[]): Stretch[] {
  const stretches: Stretch[] = [];
  const begin = texts.map(() => 0);
  let at = begin;
  for (const anchor of [...anchorsOf(texts), texts.map(({ length }) => length)]) {
    const stretch = trim(texts, at, anchor);
    if (stretch.lines.some(({ length }) => length > 0)) stretches.push(stretch);
    at = anchor.map((index) => index + 1);
  }
  return stretches;
}

/** Removes the lines that the texts share at the start and end of a stretch. */
function trim(
  texts: readonly (readonly string[])[],
  from: readonly number[],
  to: readonly number[],
): Stretch {
  const lines = texts.map((text, i) => text.slice(from[i], to[i]));
  const [first = []] = lines;
  const shortest = Math.min(...lines.map(({ length }) => length));
  let start = 0;
  while (start < shortest && lines.every((own) => own[start] === first[start])) start += 1;
  let end = 0;
  while (end < shortest - start && lines.every((own) => own.at(-1 - end) === first.at(-1 - end))) {
    end += 1;
  }
  return {
    starts: from.map((index) => index + start),
    lines: lines.map((own) => own.slice(start, own.length - end)),
  };
}

/** The lines that every text has exactly once, in an order common to all: their indexes. */
function anchorsOf(texts: readonly (readonly string[])[]): number[][] {
  const [first = new Map<string, number>(), ...others] = texts.map(uniqueLines);
  let anchors = [...first]
    .filter(([line]) => others.every((lines) => lines.has(line)))
    .map(([line, index]) => [index, ...others.map((lines) => lines.get(line) as number)]);
  for (let text = 1; text < texts.length; text += 1) anchors = longestRise(anchors, text);
  return anchors;
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

/** The longest selection whose indexes in one of the texts rise; patience sorting. */
function longestRise(anchors: readonly number[][], text: number): number[][] {
  interface Link {
    readonly anchor: number[];
    readonly before: Link | undefined;
  }
  const piles: Link[] = [];
  for (const anchor of anchors) {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const top = piles[middle]?.anchor[text] ?? 0;
      if (top < (anchor[text] ?? 0)) low = middle + 1;
      else high = middle;
    }
    piles[low] = { anchor, before: piles[low - 1] };
  }
  const rise: number[][] = [];
  for (let link = piles.at(-1); link !== undefined; link = link.before) rise.push(link.anchor);
  return rise.reverse();
}
