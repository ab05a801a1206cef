/**
 * A log without the sequence that clears a line, which Compose 2.26 prints before each line even to a pipe, in spite of
 * `--ansi never`. What a service prints follows the service's name, and is passed on to the byte.
 */
export async function* withoutLineClears(log: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // The byte before the text, and what may be the beginning of a sequence.
  let last = '\n';
  let held = '';
  for await (const chunk of log) {
    const text = `${last}${held}${chunk.toString('latin1')}`.replace(lineClears, '\n');
    held = sequenceStart.exec(text)?.[1] ?? '';
    const plain = text.slice(0, text.length - held.length);
    last = plain.slice(-1);
    if (plain.length > 1) yield Buffer.from(plain.slice(1), 'latin1');
  }
  if (held !== '') yield Buffer.from(held, 'latin1');
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: the expressions look for them
const lineClears = /\n(?:\u001b\[2K)+/g;
const sequenceStart = /\n(\u001b(?:\[2?)?)$/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: the expressions look for them
