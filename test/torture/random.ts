/** Numbers that a seed determines (mulberry32), so that what failed can be run again. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The number of a point under a seed, from 0 to 1. It hangs on nothing else, so that a run can go on where an earlier one had to
 * stop, even if a call more or less is made this time.
 */
export function drawn(seed: number, ...point: readonly unknown[]): number {
  let hash = seed;
  for (const unit of point.join('|')) hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193);
  return randomOf(hash)();
}

/** In a random order, which the seed and each item's own words determine. */
export function shuffled<T>(items: readonly T[], seed: number, words: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, at: drawn(seed, words(item)) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** One of the first, one of the second, and so on: of a part both are there. */
export function alternating<T>(first: readonly T[], second: readonly T[]): T[] {
  const longer = Math.max(first.length, second.length);
  return Array.from({ length: longer }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((item) => item !== undefined);
}
