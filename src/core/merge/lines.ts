export type LineEnd = '\n' | '\r\n';

/** Cuts a text into lines, each with its line end; the last one may have none. */
export function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** The line end that every line of the text has; undefined if there are several kinds, or none. */
export function lineEndOf(text: string): LineEnd | undefined {
  const all = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  if (all === 0 || (windows > 0 && windows < all)) return undefined;
  return windows === 0 ? '\n' : '\r\n';
}

export function withLineEnd(text: string, end: LineEnd): string {
  return text.replace(/\r?\n/g, end);
}

/** How many elements at the start, and then at the end, are the same in all the lists. */
export function commonEnds(lists: readonly (readonly string[])[]): { start: number; end: number } {
  const [first = [], ...others] = lists;
  const shortest = Math.min(...lists.map(({ length }) => length));
  let start = 0;
  while (start < shortest && others.every((list) => list[start] === first[start])) start += 1;
  let end = 0;
  while (
    end < shortest - start &&
    others.every((list) => list[list.length - 1 - end] === first[first.length - 1 - end])
  ) {
    end += 1;
  }
  return { start, end };
}
