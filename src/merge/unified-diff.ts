import { visible as escapedLine } from '../visible.ts';
import { type LineChange, lineChanges } from './line-changes.ts';

export interface DiffOptions {
  /** Path for the header, relative, with `/`. */
  readonly path: string;
  /** How many unchanged lines to show around a change. */
  readonly context?: number;
  /** Receives each shown line, without its line end. A masked diff can be read but not applied. */
  readonly mask?: (line: string) => string;
}

/**
 * A unified diff like `git diff`, without git's own header lines. `patch -p1` and
 * `git apply` accept it. Carriage returns are part of their line. If a mask makes a new line look
 * like the old one, the new one ends in ` (changed)`.
 *
 * @returns the empty string if the texts are equal
 */
export function unifiedDiff(before: string, after: string, options: DiffOptions): string {
  if (before === after) return '';
  const { path, context = 3, mask = (line) => line } = options;
  const old = splitLines(before);
  const now = splitLines(after);
  // Like git, ends a path with white space in a tab, so that programs see where it ends.
  const end = /\s/.test(path) ? '\t' : '';
  const pieces = [`--- a/${path}${end}\n+++ b/${path}${end}\n`];
  for (const hunk of hunksOf(lineChanges(old, now), context)) pieces.push(printHunk(hunk));
  return pieces.join('');

  function printHunk(changes: readonly LineChange[]): string {
    const first = changes[0] as LineChange;
    const last = changes.at(-1) as LineChange;
    const lead = Math.min(context, first.before);
    const trail = Math.min(context, old.length - last.before - last.removed);
    const end = last.before + last.removed + trail;
    const lines = changes.flatMap((change, i) => {
      const before = changes[i - 1];
      const from = before === undefined ? first.before - lead : before.before + before.removed;
      return [...printContext(from, change.before), ...printChange(change)];
    });
    lines.push(...printContext(end - trail, end));
    const oldRange = range(first.before - lead, end);
    const newRange = range(first.after - lead, last.after + last.added + trail);
    return `@@ -${oldRange} +${newRange} @@\n${lines.join('')}`;
  }

  function printContext(from: number, to: number): string[] {
    return old.slice(from, to).map((line) => print(' ', line));
  }

  function printChange({ before: from, removed, after: to, added }: LineChange): string[] {
    const gone = old.slice(from, from + removed);
    const come = now.slice(to, to + added);
    const hidden = new Set(gone.map(content).filter((text) => mask(text) !== text));
    const looks = new Set([...hidden].map(mask));
    const looksTheSame = (text: string) => !hidden.has(text) && looks.has(mask(text));
    return [
      ...gone.map((line) => print('-', line)),
      ...come.map((line) => print('+', line, looksTheSame(content(line)) ? ' (changed)' : '')),
    ];
  }

  function print(sign: string, line: string, note = ''): string {
    const text = content(line);
    const ended = text.length < line.length;
    const lineEnd = ended ? line.slice(text.length) : '\n\\ No newline at end of file\n';
    return sign + mask(text) + note + lineEnd;
  }
}

function content(line: string): string {
  return line.replace(/\r?\n$/, '');
}

/** Changes with adjacent or overlapping context share a hunk. */
function hunksOf(changes: readonly LineChange[], context: number): LineChange[][] {
  const hunks: LineChange[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1);
    if (last !== undefined && change.before - (last.before + last.removed) <= 2 * context) {
      hunks.at(-1)?.push(change);
    } else {
      hunks.push([change]);
    }
  }
  return hunks;
}

/** `start,count` from lines `from` to before `to`; an empty range names the line before it. */
function range(from: number, to: number): string {
  const count = to - from;
  if (count === 1) return String(from + 1);
  return `${count === 0 ? from : from + 1},${count}`;
}

type LineEnd = '\n' | '\r\n';

/** Splits a text into lines, each with its line end; the last one may have none. */
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

const reset = '\u001b[m';
const colours = { header: '\u001b[1m', hunk: '\u001b[36m', '-': '\u001b[31m', '+': '\u001b[32m' };

/**
 * Colours unified diffs for a terminal, like git. Control characters, including a carriage return
 * before a line end, are shown in caret notation (`^M`). This makes changed line ends visible
 * and keeps files from sending control sequences to the terminal.
 */
export function colourDiff(diff: string): string {
  let inHunk = 0;
  return diff
    .split('\n')
    .map((line) => {
      const range = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
      if (inHunk <= 0 && range !== null) {
        inHunk = Number(range[1] ?? 1) + Number(range[2] ?? 1);
        return paint(colours.hunk, line);
      }
      const sign = line.charAt(0);
      if (inHunk > 0 && sign !== '\\') inHunk -= sign === ' ' ? 2 : 1;
      else if (sign !== '\\' && line !== '') return paint(colours.header, line);
      return sign === '-' || sign === '+' ? paint(colours[sign], line) : visible(line);
    })
    .join('\n');
}

function paint(colour: string, line: string): string {
  return `${colour}${visible(line)}${reset}`;
}

function visible(line: string): string {
  const carets = line.replace(/(?!\t)\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x80 ? `^${String.fromCharCode(code ^ 0x40)}` : character;
  });
  return escapedLine(carets);
}
