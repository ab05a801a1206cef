import type { KeyPath, MergeOptions } from './result.ts';

export type Rename = NonNullable<MergeOptions['renames']>[number];

/**
 * The renames in the order in which they are applied: a table before the keys in it. Each leads to the final name of its
 * key, so that releases can be skipped: `a` → `b` and `b` → `c` also give `a` → `c`, and a key follows its table.
 */
export function orderedRenames(renames: readonly Rename[]): Rename[] {
  const [ordered, seen]: [Rename[], Set<Rename>] = [[], new Set()];
  const add = (rename: Rename): void => {
    if (seen.has(rename)) return;
    seen.add(rename);
    const isAbove = (table: KeyPath) =>
      table.length < rename.from.length && isBelow(rename.from, table);
    for (const other of renames) if (isAbove(other.from) || isAbove(other.to)) add(other);
    ordered.push({ from: rename.from, to: finalName(rename, renames) });
  };
  for (const rename of renames) add(rename);
  return ordered;
}

/** Each rename is followed at most once, and never back to a name that the key had, so that a cycle ends. */
function finalName(first: Rename, renames: readonly Rename[]): KeyPath {
  const left = new Set(renames.filter((rename) => rename !== first));
  const seen = new Set([JSON.stringify(first.from)]);
  let path = first.to;
  for (;;) {
    seen.add(JSON.stringify(path));
    const [next] = [...left]
      .filter(
        ({ from, to }) => isBelow(path, from) && !seen.has(JSON.stringify(moved(path, from, to))),
      )
      .sort((a, b) => b.from.length - a.from.length);
    if (next === undefined) return path;
    left.delete(next);
    path = moved(path, next.from, next.to);
  }
}

/** The present name of a key whose table was renamed by one of the renames that were already applied. */
export function throughEarlier(path: KeyPath, earlier: readonly Rename[]): KeyPath {
  return earlier.reduce<KeyPath>(
    (now, { from, to }) => (isBelow(now, from) ? moved(now, from, to) : now),
    path,
  );
}

function isBelow(path: KeyPath, table: KeyPath): boolean {
  return table.every((key, depth) => path[depth] === key);
}

function moved(path: KeyPath, from: KeyPath, to: KeyPath): KeyPath {
  return [...to, ...path.slice(from.length)];
}
