/** Replaces the text from offset `start` to before `end` with `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The merge cannot be applied without risk to the operator's file. The message says why. */
export class UnsafeMerge extends Error {
  override readonly name = 'UnsafeMerge';
}

/**
 * Applies edits to `text`. At one offset insertions come first, in the order they were given.
 *
 * @throws UnsafeMerge if two edits overlap
 */
export function splice(text: string, edits: readonly Edit[]): string {
  const ordered = edits
    .map((edit, order) => ({ ...edit, order, insertion: edit.start === edit.end }))
    .sort(
      (a, b) => a.start - b.start || Number(b.insertion) - Number(a.insertion) || a.order - b.order,
    );
  const pieces: string[] = [];
  let at = 0;
  for (const edit of ordered) {
    if (edit.start < at) throw new UnsafeMerge('two changes overlap in the file');
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  pieces.push(text.slice(at));
  return pieces.join('');
}
