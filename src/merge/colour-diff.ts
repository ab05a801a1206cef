const reset = '\u001b[m';
const colours = { header: '\u001b[1m', hunk: '\u001b[36m', '-': '\u001b[31m', '+': '\u001b[32m' };

/**
 * Colours unified diffs for a terminal, as git does. Control characters in them, a carriage return
 * before a line end among them, are shown in caret notation (`^M`), so that a change of line ends
 * can be seen and no file can play tricks on the terminal.
 */
export function colourDiff(diff: string): string {
  let inHunk = 0;
  return diff
    .split('\n')
    .map((line) => {
      const range = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
      if (inHunk <= 0 && range !== null) {
        inHunk = Number(range[1] ?? 1) + Number(range[2] ?? 1);
        return paint(colours.hunk, line);
      }
      const sign = line.charAt(0);
      if (inHunk > 0 && sign !== '\\') inHunk -= sign === ' ' ? 2 : 1;
      else if (sign !== '\\' && line !== '') return paint(colours.header, line);
      return sign === '-' || sign === '+' ? paint(colours[sign], line) : visible(line);
    })
    .join('\n');
}

function paint(colour: string, line: string): string {
  return `${colour}${visible(line)}${reset}`;
}

function visible(line: string): string {
  // The last two ranges change the order in which a terminal shows a line (UAX #9, "Bidi").
  return line.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (character === '\t') return character;
    if (code > 0xff) return `\\u{${code.toString(16)}}`;
    return code < 0x80 ? `^${String.fromCharCode(code ^ 0x40)}` : `\\x${code.toString(16)}`;
  });
}
