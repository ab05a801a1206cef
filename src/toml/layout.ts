/**
 * Which lines and comments belong to which statement. A comment block belongs to the statement
 * directly below it. A blank line between them makes it a separate note, and so does a last line
 * that is a disabled key: that is not a comment on the key below.
 */
import type { AST } from 'toml-eslint-parser';
import type { Lines, Note, Range, Remarks } from './document.ts';

/** A header, or a key with its value, from the parser. */
export type StatementNode = AST.TOMLTable | AST.TOMLKeyValue;

export interface InnerComment {
  readonly start: number;
  readonly text: string;
}

export interface PlacedStatement {
  readonly node: StatementNode;
  readonly lines: Lines;
  readonly remarks: Remarks;
  readonly inner: readonly InnerComment[];
  /** Notes between the statement before it and this one. */
  readonly notes: readonly Note[];
}

export interface Layout {
  readonly statements: readonly PlacedStatement[];
  /** Notes after the last statement. */
  readonly tail: readonly Note[];
  readonly comments: readonly string[];
}

interface CommentLine extends Range {
  readonly text: string;
  /** The offset of its `#`. */
  readonly at: number;
  readonly line: number;
}

/** @param start where the text begins, after a byte order mark */
export function layOut(text: string, start: number, ast: AST.TOMLProgram): Layout {
  const comments = ast.comments.map((comment) => commentLine(text, start, comment));
  const statements: PlacedStatement[] = [];
  let next = 0;
  let gap = start;
  const takeBefore = (offset: number): CommentLine[] => {
    const first = next;
    while ((comments[next]?.at ?? Number.POSITIVE_INFINITY) < offset) next++;
    return comments.slice(first, next);
  };

  for (const node of statementsOf(ast)) {
    const [from, to] = rangeOf(text, node);
    const lineStart = startOfLine(text, start, from);
    const end = endOfLine(text, to);
    const { loose, lead } = splitOffLead(groups(takeBefore(lineStart)), lineStart);
    const notes = toNotes(loose, gap);
    gap = notes.at(-1)?.end ?? gap;
    const inner = takeBefore(to).map(({ at, text }) => ({ start: at, text }));
    const trail = takeBefore(end)[0];
    const leadStart = lead[0]?.start ?? lineStart;
    statements.push({
      node,
      notes,
      inner,
      lines: { gap, start: leadStart, end },
      remarks: {
        lead: lead.map((line) => line.text),
        ...(trail && { trail: trail.text }),
        indent: text.slice(lineStart, from),
        leadLines: { start: leadStart, end: lineStart },
        trailRange: { start: to, end: trail ? trail.at + trail.text.length : to },
      },
    });
    gap = end;
  }
  const tail = toNotes(groups(takeBefore(Number.POSITIVE_INFINITY)), gap);
  return { statements, tail, comments: comments.map((comment) => comment.text) };
}

/** Whether a comment is a disabled key or header. */
export function isDisabled(comment: string): boolean {
  return disabledKey.test(comment) || disabledHeader.test(comment);
}

const disabledKey =
  /^#+[ \t]*(?:[\w-]+|"[^"]*"|'[^']*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"]*"|'[^']*'))*[ \t]*=[ \t]*(?:["'[{\d+-]|true\b|false\b|inf\b|nan\b)/;
const disabledHeader = /^#+[ \t]*\[\[?[ \t]*[\w"'-][^\]]*\]\]?[ \t]*(?:#.*)?$/;

function statementsOf(ast: AST.TOMLProgram): StatementNode[] {
  return ast.body[0].body.flatMap((node) =>
    node.type === 'TOMLTable' ? [node, ...node.body] : [node],
  );
}

/** A table's own range includes its body. This is the range of its header only. */
function rangeOf(text: string, node: StatementNode): [number, number] {
  if (node.type === 'TOMLKeyValue') return node.range;
  const bracket = text.indexOf(']', node.key.range[1]);
  return [node.range[0], bracket + (node.kind === 'array' ? 2 : 1)];
}

function commentLine(text: string, start: number, { range, loc }: AST.Comment): CommentLine {
  return {
    // White space after a comment, including a carriage return, is not part of it.
    text: text.slice(...range).trimEnd(),
    at: range[0],
    line: loc.start.line,
    start: startOfLine(text, start, range[0]),
    end: endOfLine(text, range[1]),
  };
}

function startOfLine(text: string, start: number, offset: number): number {
  return offset === 0 ? start : Math.max(start, text.lastIndexOf('\n', offset - 1) + 1);
}

function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}

/** Runs of comment lines without a blank line between. */
function groups(lines: readonly CommentLine[]): CommentLine[][] {
  const result: CommentLine[][] = [];
  for (const line of lines) {
    const last = result.at(-1);
    if (last?.at(-1)?.line === line.line - 1) last.push(line);
    else result.push([line]);
  }
  return result;
}

function splitOffLead(
  blocks: readonly CommentLine[][],
  lineStart: number,
): { loose: CommentLine[][]; lead: CommentLine[] } {
  const last = blocks.at(-1);
  if (last?.at(-1)?.end !== lineStart) return { loose: [...blocks], lead: [] };
  const cut = last.findLastIndex((line) => isDisabled(line.text)) + 1;
  const rest = cut === 0 ? [] : [last.slice(0, cut)];
  return { loose: [...blocks.slice(0, -1), ...rest], lead: last.slice(cut) };
}

function toNotes(blocks: readonly CommentLine[][], gap: number): Note[] {
  const notes: Note[] = [];
  for (const lines of blocks) {
    const [first, last] = [lines[0], lines.at(-1)];
    if (!first || !last) continue;
    notes.push({
      kind: 'note',
      gap: notes.at(-1)?.end ?? gap,
      start: first.start,
      end: last.end,
      comments: lines.map((line) => line.text),
    });
  }
  return notes;
}
