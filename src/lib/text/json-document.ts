import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Fault } from '../../errors.ts';

/** A parsed document that can tell where a key stands. Lines and columns count from 1. */
export interface LocatedDocument {
  readonly data: unknown;
  /** Where the key at `path` stands, or the nearest parent that exists. */
  position(path: readonly PropertyKey[]): { line: number; column: number };
}

/** The document, or the first place at which it stops being one. */
export type ParsedDocument =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly fault: Fault };

const syntax: Record<string, string> = {
  InvalidSymbol: 'is not JSON: an unknown word, or text without quotes',
  InvalidNumberFormat: 'is not JSON: a number that is none',
  PropertyNameExpected: 'is not JSON: a key in double quotes is expected here',
  ValueExpected: 'is not JSON: a value is expected here',
  ColonExpected: 'is not JSON: a colon is expected here',
  CommaExpected: 'is not JSON: a comma is missing before this',
  CloseBraceExpected: 'is not JSON: a closing } is missing',
  CloseBracketExpected: 'is not JSON: a closing ] is missing',
  EndOfFileExpected: 'is not JSON: there is more text after the end',
  InvalidCommentToken: 'is not JSON: comments are not allowed',
  UnexpectedEndOfComment: 'is not JSON: comments are not allowed',
  UnexpectedEndOfString: 'is not JSON: a closing quote is missing',
  UnexpectedEndOfNumber: 'is not JSON: a number that is none',
  InvalidUnicode: 'is not JSON: an unfinished \\u escape',
  InvalidEscapeCharacter: 'is not JSON: an unknown escape after \\',
  InvalidCharacter: 'is not JSON: a control character in a string',
};

/** Parses strict JSON (RFC 8259; a byte order mark is passed over). Never throws. */
export function parseJson(text: string, file: string): ParsedDocument {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const errors: ParseError[] = [];
  const positionOf = lineIndex(body);
  let root: Node | undefined;
  try {
    root = parseTree(body, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    // The parser calls itself for every level, up to the end of the stack.
    if (!(error instanceof RangeError)) throw error;
    const message = 'is not JSON: it is nested too deep';
    return { ok: false, fault: { file, line: 1, column: 1, message } };
  }
  const error = errors[0];
  if (error !== undefined || root === undefined) {
    const at = positionOf(error?.offset ?? 0);
    const name = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error);
    return { ok: false, fault: { file, ...at, message: syntax[name] ?? 'is not JSON' } };
  }
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    // What the tolerant parser lets pass and JSON.parse does not: raw control characters and the like.
    return { ok: false, fault: { file, line: 1, column: 1, message: 'is not strict JSON' } };
  }
  const position = (path: readonly PropertyKey[]) => {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(root, path.slice(0, length) as (string | number)[]);
      if (node !== undefined) return positionOf((node.parent ?? node).offset);
    }
    return positionOf(root.offset);
  };
  return { ok: true, document: { data, position } };
}

/** From an offset to its line and column, by binary search over the line starts. */
export function lineIndex(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
