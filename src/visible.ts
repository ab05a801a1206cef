/**
 * Values that others wrote (labels of images, fields of a backup, keys of a file, names of files, the output of other
 * programs) become parts of our lines. A line end in one would begin a line of its own, which looks as if this program had
 * said it, and an invisible or turning character would show another text than the one that counts.
 */

/**
 * Control characters, line and paragraph separators, and format characters: zero-width ones, those that turn the order
 * around (Unicode 15, UAX #9) and tags, characters that fonts show as nothing, and the empty braille pattern. A tab only moves on, and stays.
 */
const hidden = String.raw`(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]`;

/** A text as a part of one line: U+000A as `\n`, ESC as `\x1b`, RIGHT-TO-LEFT OVERRIDE as `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(new RegExp(hidden, 'gu'), escaped);
}

/** The same within the texts of a JSON document: what reads it gets the original. Line ends are only between texts there. */
export function visibleJson(json: string): string {
  return json.replace(new RegExp(`(?!\n)${hidden}`, 'gu'), (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${hex(unit).padStart(4, '0')}`),
  );
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  const code = hex(character);
  return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
