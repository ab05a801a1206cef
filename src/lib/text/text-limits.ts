/** Far more than any file has that people read: a mebibyte of characters, and 100,000 keys, values or marks. */
const longest = 1024 ** 2;
const mostPieces = 100_000;

/**
 * What the parsers of TOML and YAML are not made for: they need some microseconds and a hundred bytes for each mark, and a file
 * is parsed several times over by one command. Marks in texts and comments count, too.
 * @returns why the text is not to be parsed at all; `undefined` where it may be
 */
export function endlessText(text: string): string | undefined {
  if (text.length > longest) return 'is longer than a mebibyte';
  let pieces = 0;
  for (let at = 0; at < text.length; at++) {
    pieces += weightOf(text.charCodeAt(at));
    if (pieces > mostPieces) return 'has more than 100,000 keys, values and marks';
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
