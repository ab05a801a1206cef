import type { Grid } from './comments.ts';
import type { Sides } from './layout.ts';

/** Whether a comment of the vendor's that would come in is one too many, so that it stays out. */
export type IsSurplus = (comment: string) => boolean;

/**
 * The comments of the base that a merged text has more often than either side, and by how many: one that the vendor
 * moved, while the operator's file keeps it where it was, is not doubled. Lines without a word, as boxes have them, do
 * not count.
 */
export function surplusOf(files: Sides<Grid>, merged: Grid): ReadonlyMap<string, number> {
  const [base, current, incoming] = [files.base, files.current, files.incoming].map(countOf);
  const surplus = new Map<string, number>();
  for (const [text, count] of countOf(merged)) {
    const over = count - Math.max(current?.get(text) ?? 0, incoming?.get(text) ?? 0);
    if (over > 0 && base?.has(text) && /[\p{L}\p{N}]/u.test(text)) surplus.set(text, over);
  }
  return surplus;
}

/** Says yes as often for each comment as it is too often there. */
export function withhold(surplus: ReadonlyMap<string, number>): IsSurplus {
  const left = new Map(surplus);
  return (comment) => {
    const count = left.get(comment) ?? 0;
    left.set(comment, count - 1);
    return count > 0;
  };
}

function countOf({ comments }: Grid): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of comments) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
