import { expect, it } from 'vitest';
import { withoutLineClears } from '../../src/compose/line-clears.ts';

async function plain(...chunks: (string | Buffer)[]): Promise<Buffer> {
  const given = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk as string, 'latin1');
  };
  const parts: Buffer[] = [];
  for await (const part of withoutLineClears(given())) parts.push(part);
  return Buffer.concat(parts);
}

const clear = '\u001b[2K';
const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');

it.each([
  ['each line', [`${clear}a | 1\n${clear}b | 2\n`], 'a | 1\nb | 2\n'],
  ['a line twice', [`${clear}${clear}a | 1\n${clear}`], 'a | 1\n'],
  ['no line, where a service clears it', [`a | ${clear}1\n`], `a | ${clear}1\n`],
  [
    'no byte of another kind',
    [`a | ${bytes}\u001b[31m\n\u001b[1m`],
    `a | ${bytes}\u001b[31m\n\u001b[1m`,
  ],
  ['no sequence that is cut off', ['a\n\u001b[2'], 'a\n\u001b[2'],
])('takes it from %s, however the log is cut', async (_what, chunks, expected) => {
  expect((await plain(...chunks)).toString('latin1')).toBe(expected);
  expect((await plain(...chunks.join(''))).toString('latin1')).toBe(expected);
});

it('does not wait for the end of a line', async () => {
  const given = async function* () {
    yield Buffer.from(`${clear}a | 1`);
    await new Promise(() => {});
  };
  for await (const part of withoutLineClears(given())) {
    expect(part.toString()).toBe('a | 1');
    break;
  }
});
