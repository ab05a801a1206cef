/** Far more than any file has that people read: a mebibyte of characters, and 100,000 keys, values or marks. */
const longest = 1024 ** 2;
const mostPieces = 100_000;

/**
 * What the parsers of TOML and YAML are not made for: they need some microseconds and a hundred bytes for each mark, and a file
 * is parsed several times over by one command. Marks in texts and comments count, too.
 * @returns why the text is not to be parsed at all; `undefined` where it may be
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

/** Line end, quotes, comma, dot, colon, equals sign; a bracket opens what costs more, a table or a list. */
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

/** Far more than any Compose file has. */
const deepest = 200;
/** Anchors, aliases and tags; a second one of a node is a fault, and the time for faults grows with the square of their number. */
const mostProperties = 5000;

/**
 * What no file of an honest hand has, and what the parser is not made for: it goes down one call a level, and a stack
 * that is used up within a regular expression ends Node itself (V8, "RegExpCompiler Allocation failed").
 * @returns why the text is not to be parsed at all, and from which character on; `undefined` where it may be
 */
export function wildYaml(
  text: string,
): { readonly message: string; readonly offset: number } | undefined {
  const endless = endlessText(text);
  if (endless !== undefined) return { message: endless, offset: 0 };
  let depth = 0;
  let properties = 0;
  for (const { 0: character, index: offset } of text.matchAll(/[[\]{}*&!]/g)) {
    if (character === '*' || character === '&' || character === '!') properties += 1;
    // Brackets in texts and comments count, too: they are seldom so many that do not match.
    else depth += character === '[' || character === '{' ? 1 : -1;
    if (Math.abs(depth) > deepest) {
      return { message: 'is nested too deeply, or has unmatched brackets', offset };
    }
    if (properties > mostProperties) {
      return { message: 'has too many anchors, aliases and tags', offset };
    }
  }
  // Block style: indicators behind each other, or ever deeper indentation.
  const block = /^[ \t]*(?:[-?][ \t]+){200}|^ {2000}/m.exec(text);
  return block === null ? undefined : { message: 'is nested too deeply', offset: block.index };
}
