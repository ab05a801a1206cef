import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeToml } from '../../src/merge/merge-toml.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';
import { model } from './support/document-arbitrary.ts';
import { edited } from './support/document-edits.ts';
import { write } from './support/document-model.ts';
import { runs, timeout } from './support/runs.ts';

const pieces = [
  '[',
  ']',
  '[[',
  ']]',
  '{',
  '}',
  '=',
  '.',
  ',',
  '"',
  "'",
  '"""',
  "'''",
  '#',
  '\n',
  '\r\n',
  '\r',
  ' ',
  'a',
  'b',
  '1',
  '0',
  '\\',
  '-',
  ':',
  '\ufeff',
  '\u0000',
  '\ud800',
  'a = 1\n',
  '[a]\n',
  '[[a]]\n',
  '# x\n',
  'a.b = 2\n',
];

const noise = fc
  .array(fc.constantFrom(...pieces), { maxLength: 25 })
  .map((parts) => parts.join(''));

/** A document with a few characters cut out, doubled or put in. */
const damaged = fc
  .tuple(
    model,
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('', ...pieces)), { maxLength: 4 }),
  )
  .map(([model, cuts]) =>
    cuts.reduce(
      (text, [at, length, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + length);
      },
      write(edited(model, [])),
    ),
  );

const text = fc.oneof(noise, damaged, fc.string({ unit: 'binary', maxLength: 20 }));

const texts = fc.oneof(
  fc.tuple(text, text, text),
  fc.tuple(damaged, fc.constant(''), damaged),
  damaged.chain((base) => fc.tuple(fc.constant(base), text, fc.constant(`${base}\nnew_key = 1\n`))),
  damaged.chain((base) => fc.tuple(fc.constant(base), fc.constant(`${base}\n# own\n`), text)),
);

test(
  'no text makes the merge throw, and what it gives is TOML or the untouched file',
  () => {
    fc.assert(
      fc.property(texts, ([base, current, incoming]) => {
        const result = mergeToml(base, current, incoming, { onConflict: 'ours' });
        if (result.kind === 'merged' && result.text !== current) {
          expect(parseToml(result.text)).toMatchObject({ ok: true });
          expect(parseToml(incoming)).toMatchObject({ ok: true });
        }
        if (result.kind === 'unreadable') {
          const { side, line, column } = result.fault;
          const faulty = { base, current, incoming }[side];
          expect(parseToml(faulty)).toMatchObject({ ok: false });
          expect(line).toBeLessThanOrEqual(faulty.split('\n').length + 1);
          expect(column).toBeGreaterThan(0);
        }
        expect(result.kind).not.toBe('unsafe');
      }),
      runs,
    );
  },
  timeout,
);

test(
  'a current file that does not parse is never merged',
  () => {
    fc.assert(
      fc.property(model, damaged, model, (base, current, incoming) => {
        const [before, after] = [write(edited(base, [])), write(edited(incoming, []))];
        fc.pre(!parseToml(current).ok && before !== after);
        expect(mergeToml(before, current, after, { onConflict: 'theirs' })).toMatchObject({
          kind: 'unreadable',
          fault: { side: 'current' },
        });
      }),
      runs,
    );
  },
  timeout,
);

test('what is nested too deeply to be merged is refused or left as it is', () => {
  const deep = (value: string) => `a = ${'['.repeat(3000)}${value}${']'.repeat(3000)}\n`;
  const result = mergeToml(deep('1'), `${deep('1')}b = 1\n`, deep('2'), { onConflict: 'ours' });
  expect(['merged', 'unreadable', 'unsafe']).toContain(result.kind);
});
