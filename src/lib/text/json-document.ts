import {
  applyEdits,
  findNodeAtLocation,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Fault } from '../../errors.ts';
import { lineIndex } from './line-index.ts';

/** A parsed document that knows the position of each key. Lines and columns count from 1. */
export interface LocatedDocument {
  readonly data: unknown;
  /** The position of the key at `path`, or of its nearest existing parent. */
  position(path: readonly PropertyKey[]): { line: number; column: number };
}

/** The document, or its first syntax error. */
export type ParsedDocument =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly fault: Fault };

const syntax: Record<string, string> = {
  InvalidSymbol: 'is not valid JSON: unknown word, or text without quotes',
  InvalidNumberFormat: 'is not valid JSON: invalid number',
  PropertyNameExpected: 'is not valid JSON: expected a key in double quotes',
  ValueExpected: 'is not valid JSON: expected a value',
  ColonExpected: 'is not valid JSON: expected a colon',
  CommaExpected: 'is not valid JSON: missing comma before this position',
  CloseBraceExpected: 'is not valid JSON: missing closing }',
  CloseBracketExpected: 'is not valid JSON: missing closing ]',
  EndOfFileExpected: 'is not valid JSON: unexpected text after the end',
  InvalidCommentToken: 'is not valid JSON: comments are not allowed',
  UnexpectedEndOfComment: 'is not valid JSON: comments are not allowed',
  UnexpectedEndOfString: 'is not valid JSON: missing closing quote',
  UnexpectedEndOfNumber: 'is not valid JSON: invalid number',
  InvalidUnicode: 'is not valid JSON: incomplete \\u escape',
  InvalidEscapeCharacter: 'is not valid JSON: unknown escape after \\',
  InvalidCharacter: 'is not valid JSON: control character in a string',
};

/** Parses strict JSON (RFC 8259; a byte order mark is skipped). Never throws. */
export function parseJson(text: string, file: string): ParsedDocument {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const errors: ParseError[] = [];
  const positionOf = lineIndex(body);
  let root: Node | undefined;
  const tooDeep = { file, line: 1, column: 1, message: 'is not valid JSON: nested too deeply' };
  if (isDeep(body)) return { ok: false, fault: tooDeep };
  try {
    root = parseTree(body, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    // The parser skips closing brackets of the other kind, which `isDeep` counts: levels behind them can overflow the stack.
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, fault: tooDeep };
  }
  const error = errors[0];
  if (error !== undefined || root === undefined) {
    const at = positionOf(error?.offset ?? 0);
    const name = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error);
    return { ok: false, fault: { file, ...at, message: syntax[name] ?? 'is not valid JSON' } };
  }
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    // The tolerant parser accepts what JSON.parse rejects, such as raw control characters.
    return { ok: false, fault: { file, line: 1, column: 1, message: 'is not strict JSON' } };
  }
  const membersOf = memberIndex();
  const position = (path: readonly PropertyKey[]) => {
    let node = root;
    for (const step of path) {
      const member = membersOf(node).get(step);
      if (member === undefined) break;
      node = member;
    }
    return positionOf((node.parent ?? node).offset);
  };
  return { ok: true, document: { data, position } };
}

/** Far above any document. Parsing and editing recurse for every level, each with another share of the stack. */
const deepest = 500;

function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') inString = !inString;
    else if (inString && character === '\\') at += 1;
    else if (!inString && (character === '{' || character === '[')) depth += 1;
    else if (!inString && (character === '}' || character === ']')) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** The values in an object or array by key or index. Each node is indexed once. */
function memberIndex(): (node: Node) => ReadonlyMap<PropertyKey, Node> {
  const indexes = new Map<Node, Map<PropertyKey, Node>>();
  return (node) => {
    const known = indexes.get(node);
    if (known !== undefined) return known;
    const members = new Map<PropertyKey, Node>();
    for (const [index, child] of (node.children ?? []).entries()) {
      const [key, value] = child.type === 'property' ? (child.children ?? []) : [];
      const name: PropertyKey = key === undefined ? index : key.value;
      if (!members.has(name)) members.set(name, value ?? child);
    }
    indexes.set(node, members);
    return members;
  };
}

/** Edits of a valid JSON object text. All bytes outside the edit stay unchanged. */

export function withoutMember(text: string, path: readonly string[]): string {
  return applyEdits(text, modify(text, [...path], undefined, {}));
}

/**
 * Sets a member. A new member is added last in its object, indented like the one before it. Something else than an object on
 * its path, such as null, is replaced by one.
 */
export function withMember(text: string, path: readonly string[], value: string): string {
  const root = parseTree(text) as Node;
  const present = findNodeAtLocation(root, [...path]);
  if (present !== undefined) {
    return splice(text, present.offset, present.length, JSON.stringify(value));
  }
  let depth = path.length - 1;
  while (findNodeAtLocation(root, path.slice(0, depth)) === undefined) depth -= 1;
  const parent = findNodeAtLocation(root, path.slice(0, depth)) as Node;
  const member = path.slice(depth).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  if (parent.type !== 'object') {
    return splice(text, parent.offset, parent.length, `{${membersOf(member)}}`);
  }
  const last = parent.children?.at(-1);
  if (last === undefined) return splice(text, parent.offset + 1, 0, membersOf(member));
  // With trimEnd, not with /\s*$/, which is quadratic in runs of white space.
  const before = text.slice(0, last.offset);
  const lead = before.slice(before.trimEnd().length);
  const line = lead.includes('\n') ? lead.slice(startOfLastLineEnd(lead)) : undefined;
  const written =
    line === undefined
      ? membersOf(member)
      : membersOf(member, line.replace(/\r?\n/, '')).replaceAll('\n', line);
  return splice(text, last.offset + last.length, 0, `,${lead}${written}`);
}

/** For a text that contains a line end. A carriage return before it is part of it. */
function startOfLastLineEnd(text: string): number {
  const newline = text.lastIndexOf('\n');
  return text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** An object's members as JSON, without the braces around them. */
function membersOf(object: unknown, indent?: string): string {
  const [[key, value] = ['', '']] = Object.entries(object as object);
  return `${JSON.stringify(key)}: ${JSON.stringify(value, null, indent)}`;
}

function splice(text: string, offset: number, length: number, content: string): string {
  return text.slice(0, offset) + content + text.slice(offset + length);
}
