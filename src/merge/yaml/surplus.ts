import type { Grid } from './comments.ts';
import type { Sides } from './layout.ts';

/** Whether a vendor comment would be a duplicate, so that it is not inserted. */
export type IsSurplus = (comment: string) => boolean;

/**
 * The base comments that a merged text contains more often than either side, with the surplus. This avoids a duplicate
 * when the vendor moved a comment and the operator's file keeps it in its old position. Lines without a word, as in
 * boxes, do not count.
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

/** Returns true for each comment as often as it is surplus. */
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
