type LineEnd = '\n' | '\r\n';

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
