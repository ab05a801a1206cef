import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { endlessText } from '../lib/text/text-limits.ts';
import type { TomlDocument } from './document.ts';
import { layOut } from './layout.ts';
import { TreeBuilder } from './tree.ts';

/** Where and why a text is not TOML 1.0. `line` and `column` count from 1. Contains no values. */
export interface TomlFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type TomlParse =
  | { readonly ok: true; readonly document: TomlDocument }
  | { readonly ok: false; readonly fault: TomlFault };

/** A cache of recent texts, because one command reads the same few files repeatedly. */
const lately = new Map<string, TomlParse>();
/** In characters, for all texts together. */
const mostKept = 1024 ** 2;
let kept = 0;

/**
 * Parses a TOML 1.0 text (https://toml.io/en/v1.0.0) with the position of every key, value and
 * comment. Never throws. The same text may return the same object.
 */
export function parseToml(text: string): TomlParse {
  const before = lately.get(text);
  if (before !== undefined) return before;
  const parsed = parseAnew(text);
  for (const [oldest] of lately) {
    if (kept + text.length <= mostKept) break;
    lately.delete(oldest);
    kept -= oldest.length;
  }
  if (text.length > mostKept) return parsed;
  lately.set(text, parsed);
  kept += text.length;
  return parsed;
}

/** The parser's own tree of a text, whose offsets are those of the text. @throws ParseError if `parseToml` rejects the text */
export function tomlTree(text: string): AST.TOMLProgram {
  return parseTOML(forParser(text), { tomlVersion: '1.0' });
}

function parseAnew(text: string): TomlParse {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const endless = endlessText(text);
  if (endless !== undefined) return fault(text, start, `The file ${endless}`);
  // The specification allows a carriage return only before a newline; the parser accepts any.
  const lone = /\r(?!\n)/.exec(text);
  if (lone) {
    return fault(text, lone.index, 'A carriage return must be followed by a newline');
  }
  if (isTooDeep(text)) return fault(text, start, tooDeep);
  try {
    const ast = tomlTree(text);
    const layout = layOut(text, start, ast);
    const tree = new TreeBuilder();
    tree.addAll(layout);
    const { root, sections, blocks, entries } = tree;
    const { comments } = layout;
    const document = { text, start, eol: eolOf(text), root, sections, blocks, entries, comments };
    return { ok: true, document };
  } catch (error) {
    if (error instanceof ParseError) return fault(text, error.index, error.message);
    const tooMuch = error instanceof RangeError;
    const message = tooMuch ? tooDeep : String(error);
    return fault(text, start, message);
  }
}

const tooDeep = 'Nested too deeply, or contains a string that is too long';

/**
 * Matches a key with thousands of parts, for which the parser needs quadratic memory. Each element of a list
 * counts separately, so a list of a thousand addresses does not match.
 */
function isTooDeep(text: string): boolean {
  return text
    .split('\n')
    .filter((line) => line.length > 2000)
    .some((line) => line.split(/[=,[\]{}]/).some((part) => part.split('.').length > 1000));
}

/**
 * The text with the same offsets, adapted to the parser (toml-eslint-parser 1.0.3): a space replaces a
 * byte order mark, and a line end is added, without which a final `0` gets an empty range.
 */
function forParser(text: string): string {
  const body = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
  return body.endsWith('\n') ? body : `${body}\n`;
}

function fault(text: string, index: number, message: string): TomlParse {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { ok: false, fault: { line, column: index - lineStart + 1, message } };
}

function eolOf(text: string): '\n' | '\r\n' {
  const all = text.split('\n').length - 1;
  const crlf = text.split('\r\n').length - 1;
  return crlf * 2 > all ? '\r\n' : '\n';
}
