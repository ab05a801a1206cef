import { diffIndices } from 'node-diff3';
import { splitLines } from './lines.ts';
import { stretchesOf } from './stretches.ts';

export interface DiffOptions {
  /** Path for the header, relative, with `/`. */
  readonly path: string;
  /** How many unchanged lines to show around a change. */
  readonly context?: number;
  /** Gets each line that is shown, without its line end. A masked diff can be read, not applied. */
  readonly mask?: (line: string) => string;
}

/** A run of lines that differ; lines count from 0. */
interface Change {
  readonly before: number;
  readonly removed: number;
  readonly after: number;
  readonly added: number;
}

/**
 * A unified diff as `git diff` prints it, without git's own header lines; `patch -p1` and
 * `git apply` take it. Carriage returns are part of their line. Where a mask makes a new line look
 * like the old one, the new one ends in ` (changed)`.
 *
 * @returns the empty string if the texts are equal
 */
export function unifiedDiff(before: string, after: string, options: DiffOptions): string {
  if (before === after) return '';
  const { path, context = 3, mask = (line) => line } = options;
  const old = splitLines(before);
  const now = splitLines(after);
  // A path with white space ends in a tab, as git writes it, so that programs see where it ends.
  const end = /\s/.test(path) ? '\t' : '';
  const pieces = [`--- a/${path}${end}\n+++ b/${path}${end}\n`];
  for (const hunk of hunksOf(changesOf(old, now), context)) pieces.push(printHunk(hunk));
  return pieces.join('');

  function printHunk(changes: readonly Change[]): string {
    const first = changes[0] as Change;
    const last = changes.at(-1) as Change;
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

  function printChange({ before: from, removed, after: to, added }: Change): string[] {
    const gone = old.slice(from, from + removed);
    const come = now.slice(to, to + added);
    const hidden = gone.filter((line) => mask(content(line)) !== content(line)).map(content);
    const looksTheSame = (line: string) =>
      !hidden.includes(line) && hidden.some((other) => mask(other) === mask(line));
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

function changesOf(old: string[], now: string[]): Change[] {
  return stretchesOf([old, now]).flatMap(({ starts: [from = 0, to = 0], lines }) =>
    diffIndices(lines[0] ?? [], lines[1] ?? []).map(({ buffer1, buffer2 }) => ({
      before: from + buffer1[0],
      removed: buffer1[1],
      after: to + buffer2[0],
      added: buffer2[1],
    })),
  );
}

/** Changes whose context would touch or overlap share a hunk. */
function hunksOf(changes: readonly Change[], context: number): Change[][] {
  const hunks: Change[][] = [];
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
