import { Composer, type CST, type Document, isMap, Lexer, Parser } from 'yaml';
import { wildYaml } from '../../lib/text/text-limits.ts';
import { type Comment, commentAt, type Grid, gridOf } from './comments.ts';
import { type Body, bodyOf, Unmergeable } from './layout.ts';
import { type Plain, plainOf, YamlFault } from './plain.ts';
import { lineAt, type Source, sourceOf, startOf } from './source.ts';

/** One YAML file: its text, its meaning, and the position of everything in it. */
export interface YamlFile extends Grid {
  readonly plain: Plain;
  readonly root: Body;
  readonly rootToken: CST.Token;
}

type YamlRead =
  | { readonly kind: 'file'; readonly file: YamlFile }
  /** Not YAML, or not one mapping. Line and column count from 1. */
  | {
      readonly kind: 'fault';
      readonly line: number;
      readonly column: number;
      readonly message: string;
    }
  /** Valid, but with a construct that the merge does not handle. */
  | { readonly kind: 'unmergeable'; readonly line: number; readonly message: string };

/** Reads one document with a mapping at the top level, like Docker Compose. Never throws. */
export function readYaml(raw: string): YamlRead {
  const source = sourceOf(raw);
  try {
    return { kind: 'file', file: parse(source) };
  } catch (error) {
    if (error instanceof YamlFault) return fault(source, error.offset, error.message);
    if (error instanceof Unmergeable) {
      const line = lineAt(source, error.offset) + 1;
      return { kind: 'unmergeable', line, message: error.message };
    }
    throw error;
  }
}

function fault(source: Source, offset: number, message: string): YamlRead {
  const line = lineAt(source, offset);
  return { kind: 'fault', line: line + 1, column: offset - startOf(source, line) + 1, message };
}

function parse(source: Source): YamlFile {
  const wild = wildYaml(source.text);
  if (wild !== undefined) throw new YamlFault(wild.offset, wild.message);
  const { tokens, comments } = tokenize(source);
  const composer = new Composer({
    keepSourceTokens: true,
    prettyErrors: false,
    resolveKnownTags: false,
    // Duplicate keys are found when the tree is read: the parser's own check is quadratic.
    uniqueKeys: false,
  });
  const documents = [...composer.compose(tokens)] as Document.Parsed[];
  const second = documents[1];
  if (second !== undefined) throw new YamlFault(second.range[0], 'a second document starts here');
  const document = documents[0];
  const [error] = document?.errors ?? [];
  if (error !== undefined) throw new YamlFault(error.pos[0], error.message);
  const contents = document?.contents ?? null;
  const rootToken = tokens.find((token) => token.type === 'document')?.value;
  if (!isMap(contents) || rootToken === undefined) {
    const what = contents === null ? 'the file is empty' : 'the file is not a mapping';
    throw new YamlFault(contents?.range?.[0] ?? 0, `${what}: keys such as "services:" are missing`);
  }
  const plain = plainOf(contents);
  const grid = gridOf(source, comments);
  const root = bodyOf(grid, contents, rootToken, plain, documentLines(source, tokens)) as Body;
  return { ...grid, plain, root, rootToken };
}

/** Deeper than any real file, and far from a stack overflow for all recursive code. */
const deepest = 150;

/** The lexer's marker before the text of a scalar. */
const scalarMark = '\u001f';

/**
 * @throws YamlFault if the nesting is too deep. This must be checked while the tokens are read: later
 *   the parser recurses, and Node crashes when it compiles a regular expression near the end of the stack.
 */
function tokenize(source: Source): { tokens: CST.Token[]; comments: Comment[] } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const comments: Comment[] = [];
  let before = '';
  for (const lexeme of new Lexer().lex(source.text)) {
    const { offset } = parser;
    if (before !== scalarMark) {
      if (lexeme.startsWith('#')) comments.push(commentAt(source, offset, lexeme));
      if (lexeme === '\uFEFF') throw new YamlFault(offset, 'a byte order mark inside the file');
    }
    before = lexeme;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > deepest) {
      throw new YamlFault(offset, `nested deeper than ${deepest} levels`);
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, comments };
}

/** The lines between `---` and `...`, or all lines. */
function documentLines(source: Source, tokens: readonly CST.Token[]) {
  const document = tokens.find((token) => token.type === 'document');
  const start = document?.start.find((token) => token.type === 'doc-start');
  const end = tokens.find((token) => token.type === 'doc-end');
  return {
    first: start === undefined ? 0 : lineAt(source, start.offset) + 1,
    end: end === undefined ? source.starts.length - 1 : lineAt(source, end.offset),
  };
}
