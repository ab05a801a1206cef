/**
 * The text of one YAML file, cut into lines. Offsets are UTF-16 units into `text`, lines count
 * from 0. `text` has no byte order mark and always ends with a line end, so that whole lines can
 * be moved. `restore` restores both.
 */
export interface Source {
  readonly text: string;
  readonly eol: '\n' | '\r\n';
  /** Offset at which each line starts; one more element for the end of the text. */
  readonly starts: readonly number[];
  restore(text: string): string;
}

const byteOrderMark = '\uFEFF';

export function sourceOf(raw: string): Source {
  const marked = raw.startsWith(byteOrderMark);
  const body = marked ? raw.slice(1) : raw;
  const eol = prevailingEol(body);
  const ended = body === '' || body.endsWith('\n');
  const text = ended ? body : body + eol;
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    text,
    eol,
    starts,
    restore: (merged) =>
      (marked ? byteOrderMark : '') +
      (ended || !merged.endsWith(eol) ? merged : merged.slice(0, -eol.length)),
  };
}

function prevailingEol(text: string): '\n' | '\r\n' {
  const all = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  return windows * 2 > all ? '\r\n' : '\n';
}

/** The line (from 0) that contains `offset`. */
export function lineAt(source: Source, offset: number): number {
  let low = 0;
  let high = source.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(source, middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where a line starts; for a line past the last one, the end of the text. */
export function startOf(source: Source, line: number): number {
  return source.starts[line] ?? source.text.length;
}

/** A line without its line end. */
export function lineText(source: Source, line: number): string {
  return source.text.slice(startOf(source, line), startOf(source, line + 1)).replace(/\r?\n$/, '');
}

export function columnOf(source: Source, offset: number): number {
  return offset - startOf(source, lineAt(source, offset));
}

/** The number of spaces at the start of a line. Tabs are not indentation in YAML. */
export function indentOf(line: string): number {
  return line.length - line.replace(/^ +/, '').length;
}
