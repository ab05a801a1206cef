/** Far above any file that people read: a mebibyte of characters, and 100,000 keys, values or marks. */
const longest = 1024 ** 2;
const mostPieces = 100_000;

/**
 * Detects texts that are too large for the TOML and YAML parsers: they need some microseconds and a hundred bytes for
 * each mark, and one command parses a file several times. Marks in strings and comments count, too.
 * @returns why the text must not be parsed; `undefined` if it can be
 */
export function endlessText(text: string): string | undefined {
  if (text.length > longest) return 'is longer than 1 MiB';
  let pieces = 0;
  for (let at = 0; at < text.length; at++) {
    pieces += weightOf(text.charCodeAt(at));
    if (pieces > mostPieces) return 'has more than 100,000 keys, values and punctuation marks';
  }
  return undefined;
}

/** Line end, quotes, comma, dot, colon, equals sign. A bracket costs more: it opens a table or a list. */
function weightOf(unit: number): number {
  switch (unit) {
    case 0x0a:
    case 0x22:
    case 0x27:
    case 0x2c:
    case 0x2e:
    case 0x3a:
    case 0x3d:
      return 1;
    case 0x5b:
    case 0x7b:
      return 4;
    default:
      return 0;
  }
}

/** Far above any Compose file. */
const deepest = 200;
/**
 * Anchors, aliases, tags, and carriage returns without a newline. A second one on a node is an error, and errors take
 * quadratic time.
 */
const mostProperties = 5000;

/**
 * Detects hostile nesting, which the parser cannot handle: it recurses once per level, and a stack overflow inside
 * a regular expression crashes Node itself (V8, "RegExpCompiler Allocation failed").
 * @returns why the text must not be parsed, and from which character on; `undefined` if it can be
 */
export function wildYaml(
  text: string,
): { readonly message: string; readonly offset: number } | undefined {
  const endless = endlessText(text);
  if (endless !== undefined) return { message: endless, offset: 0 };
  let depth = 0;
  let properties = 0;
  for (const { 0: character, index: offset } of text.matchAll(/[[\]{}*&!]|\r(?!\n)/g)) {
    if (/[*&!\r]/.test(character)) properties += 1;
    // Brackets in strings and comments count, too. They are rarely numerous and unmatched.
    else depth += character === '[' || character === '{' ? 1 : -1;
    if (Math.abs(depth) > deepest) {
      return { message: 'is nested too deeply, or has unmatched brackets', offset };
    }
    if (properties > mostProperties) {
      return { message: 'has too many anchors, aliases, tags and carriage returns', offset };
    }
  }
  // Block style: indicators in a row, or ever deeper indentation.
  const block = /^[ \t]*(?:[-?][ \t]+){200}|^ {2000}/m.exec(text);
  return block === null ? undefined : { message: 'is nested too deeply', offset: block.index };
}
