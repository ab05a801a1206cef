/**
 * A Compose file as data that can be drawn at random, edited at random, and written in any style.
 */
export type Value =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'block'; readonly header: string; readonly lines: readonly string[] }
  /** A quoted or plain word, or a flow collection, written on several lines. */
  | { readonly kind: 'folded'; readonly lines: readonly string[] }
  | { readonly kind: 'alias'; readonly name: string }
  | {
      readonly kind: 'map';
      readonly flow: boolean;
      readonly anchor?: string;
      readonly fields: readonly Field[];
    }
  | { readonly kind: 'seq'; readonly flow: boolean; readonly items: readonly Item[] };

export interface Field {
  /** As it is written: plain or quoted. */
  readonly key: string;
  readonly value: Value;
  readonly head: readonly string[];
  readonly trail?: string;
  readonly blankBefore: boolean;
}

export interface Item {
  readonly value: Value;
  readonly head: readonly string[];
  readonly trail?: string;
}

export interface Style {
  /** Columns by which a nested mapping is indented. */
  readonly step: number;
  /** Columns by which a list's dashes are indented below their key. */
  readonly dash: number;
  readonly eol: '\n' | '\r\n';
  readonly byteOrderMark: boolean;
  readonly lastNewline: boolean;
  /** What follows the last entry, at column 0. */
  readonly footer: readonly string[];
}

export const vendorStyle: Style = {
  step: 2,
  dash: 2,
  eol: '\n',
  byteOrderMark: false,
  lastNewline: true,
  footer: [],
};

/** Writes a mapping as a file. */
export function render(fields: readonly Field[], style: Style): string {
  const lines: string[] = [];
  if (fields.length === 0) lines.push('{}');
  renderFields(fields, 0);
  lines.push(...style.footer);
  const text = lines.join(style.eol) + (style.lastNewline ? style.eol : '');
  return (style.byteOrderMark ? '\uFEFF' : '') + text;

  function renderFields(all: readonly Field[], column: number): void {
    for (const field of all) {
      if (field.blankBefore) lines.push('');
      for (const comment of field.head) lines.push(pad(column) + comment);
      renderValue(`${pad(column)}${field.key}:`, field.value, column, field.trail, false);
    }
  }

  /** `lead` is what stands before the value on its line, without a space at its end. */
  function renderValue(
    lead: string,
    value: Value,
    column: number,
    trail: string | undefined,
    inList: boolean,
  ): void {
    const comment = trail === undefined ? '' : `  ${trail}`;
    if (value.kind === 'block') {
      lines.push(`${lead} ${value.header}${comment}`);
      for (const line of value.lines)
        lines.push(line === '' ? '' : pad(column + style.step) + line);
    } else if (value.kind === 'folded') {
      const more = value.lines.slice(1).map((line) => pad(column + style.step) + line);
      lines.push([`${lead} ${value.lines[0]}`, ...more].join(style.eol) + comment);
    } else if (value.kind === 'map' && !value.flow && value.fields.length > 0 && !inList) {
      lines.push(`${lead}${value.anchor ? ` &${value.anchor}` : ''}${comment}`);
      renderFields(value.fields, column + style.step);
    } else if (value.kind === 'seq' && !value.flow && value.items.length > 0 && !inList) {
      lines.push(`${lead}${comment}`);
      renderItems(value.items, column + style.dash);
    } else {
      const text = value.kind === 'word' ? value.text : flow(value);
      lines.push(`${lead}${text === '' ? '' : ` ${text}`}${comment}`);
    }
  }

  function renderItems(items: readonly Item[], column: number): void {
    for (const { value, head, trail } of items) {
      for (const comment of head) lines.push(pad(column) + comment);
      const start = lines.length;
      if (value.kind === 'map' && startsOnDashLine(value.fields[0])) {
        renderFields(value.fields, column + 2);
        lines[start] = `${pad(column)}- ${lines[start]?.trimStart()}`;
      } else {
        renderValue(`${pad(column)}-`, value, column, trail, true);
      }
    }
  }
}

function startsOnDashLine(field: Field | undefined): boolean {
  return field !== undefined && field.head.length === 0 && !field.blankBefore;
}

function pad(columns: number): string {
  return ' '.repeat(columns);
}

/** A value on one line; a plain word with a brace in it needs quotes there. */
function flow(value: Value): string {
  switch (value.kind) {
    case 'word':
      return /^[^"'].*[{}]/.test(value.text) ? JSON.stringify(value.text) : value.text;
    case 'folded':
      return value.lines.join(' ');
    case 'alias':
      return `*${value.name}`;
    case 'block':
      return JSON.stringify(value.lines.join('\n'));
    case 'seq':
      return `[${value.items.map((item) => flow(item.value) || 'null').join(', ')}]`;
    case 'map': {
      const fields = value.fields.map((field) => `${field.key}: ${flow(field.value) || 'null'}`);
      return `${value.anchor ? `&${value.anchor} ` : ''}{${fields.join(', ')}}`;
    }
  }
}
