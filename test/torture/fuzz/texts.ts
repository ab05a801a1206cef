import fc from 'fast-check';
import { damaged } from './hostile.ts';

/** Texts in the languages that operators and the vendor write. */

const yamlPieces = [
  '&a',
  '*a',
  '<<: *a',
  '- ',
  ': ',
  '? ',
  '| ',
  '!!js ',
  '{',
  '}',
  '[',
  '"',
  '%',
  '---\n',
];
export const tomlPieces = [
  '[',
  ']',
  '[[a]]\n',
  '=',
  '"""',
  "'''",
  '__proto__ = 1\n',
  '\\',
  'a.b = 1\n',
  '{',
];
/** Nine lines that stand for 10^9 (a "billion laughs"). */
const bomb = Array.from('abcdefghi')
  .map((name, n, all) => `${name}: &${name} [${Array(10).fill(n === 0 ? 'x' : `*${all[n - 1]}`)}]`)
  .join('\n');
export const yaml = (valid: string) =>
  fc.oneof(
    { weight: 8, arbitrary: damaged(valid, yamlPieces) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        bomb,
        `${bomb}\nservices: *i\n`,
        `services:\n  a: &a\n    b: *a\n`,
        `services: {__proto__: {image: x}}`,
        `services:\n  a:\n    ports: ${'['.repeat(3000)}\n`,
        `${'- '.repeat(5000)}x`,
        `services: {a: {ports: ["1-99999999:1"]}}`,
        `? {a: b}\n: services`,
      ),
    },
  );
export const tomlLike = (toml: string) =>
  fc.oneof(
    { weight: 8, arbitrary: damaged(toml, tomlPieces) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `a = ${'['.repeat(3000)}`,
        `a = ${'{b='.repeat(3000)}`,
        `${'a.'.repeat(3000)}b = 1`,
        `[${'a.'.repeat(3000)}b]`,
        '__proto__.x = 1\nconstructor = 2\n',
        `a = ${'9'.repeat(10_000)}`,
        `a = "${'\\u0041'.repeat(10_000)}"`,
      ),
    },
  );
/** What a program says: pieces of it, in any order. */
export const say = (...pieces: string[]) => damaged(pieces.join(' '), pieces);
