import { describe, expect, it } from 'vitest';
import { arrayLiteral } from '../../src/toml/array-text.ts';

const sites = `[ # who may embed it
  # The site.
  "a", # main

  # A note of its own.

  # "off",
  "b", "c", # both
  # Last.
  "d"
  # The end.
]`;

describe('an array with comments', () => {
  it.each([
    ['stays as it is', sites, ['a', 'b', 'c', 'd'], sites],
    [
      'gets an element at its end',
      '[\n  "a", # x\n  "b" # y\n]',
      ['a', 'b', 'c'],
      '[\n  "a", # x\n  "b", # y\n  "c"\n]',
    ],
    [
      'gets an element at its end, with a comma as before',
      '[\r\n\t"a", # x\r\n]',
      ['a', 'b'],
      '[\r\n\t"a", # x\r\n\t"b",\r\n]',
    ],
    [
      'loses an element with its comments, and no other comment',
      sites,
      ['b', 'd'],
      `[ # who may embed it

  # A note of its own.

  # "off",
  "b", # both
  # Last.
  "d"
  # The end.
]`,
    ],
    [
      'loses all elements',
      sites,
      [],
      `[ # who may embed it

  # A note of its own.

  # "off",
  # The end.
]`,
    ],
    [
      'is put into another order, each element with its comments',
      '[\n  # first\n  "a", # x\n  "b" # y\n]',
      ['b', 'a'],
      '[\n  "b", # y\n  # first\n  "a" # x\n]',
    ],
    ['has elements again', '[\n  # "a",\n]', ['b'], '[\n  # "a",\n  "b"\n]'],
    ['has commas in front', '[\n  "a" # x, y\n  , "b" # z\n]', ['b', 'c'], undefined],
    ['has brackets on its lines', '["a", # x\n "b"]', ['a', 'b', 'c'], undefined],
    ['has a quote or comma in a comment', '[\n  "a", # "b", c\n]', ['a', 'b'], undefined],
  ])('%s', (_what, literal, elements, expected) => {
    const edited = arrayLiteral(literal, elements);
    if (expected !== undefined) expect(edited).toBe(expected);
    expect(arrayLiteral(edited, elements)).toBe(edited);
    expect(edited).toContain('#');
  });

  it('is one line without a comment', () => {
    expect(arrayLiteral('[\n  "a",\n]', ['a', 'b'])).toBe('["a", "b"]');
  });

  it('keeps the comment of each element that stays, whatever changes', () => {
    const commented = (names: string[], comma: string, eol: string) =>
      `[${eol}${names.map((name) => `  # over ${name}${eol}  "${name}"${comma} # at ${name}${eol}`).join('')}]`;
    const sets = [['a'], ['a', 'b', 'c'], ['c', 'x', 'a'], ['x', 'y'], [], ['b', 'b', 'a']];
    for (const eol of ['\n', '\r\n']) {
      for (const wanted of sets) {
        const edited = arrayLiteral(commented(['a', 'b', 'c'], ',', eol), wanted);
        for (const name of ['a', 'b', 'c'].filter((each) => wanted.includes(each))) {
          expect(edited).toContain(`# over ${name}${eol}`);
          expect(edited).toContain(`# at ${name}${eol}`);
        }
      }
    }
  });
});
