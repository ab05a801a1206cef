import { expect, test } from 'vitest';
import { toPlain } from '../../src/merge/plain.ts';
import { findDoubt } from '../../src/merge/toml/toml-verify.ts';
import { read } from './support/flat.ts';

function doubt(texts: { base?: string; current?: string; expected: string; result: string }) {
  const [base, current] = [read(texts.base ?? ''), read(texts.current ?? '')];
  const expected = toPlain(read(texts.expected), new Set());
  return findDoubt(base, current, read(texts.result), expected);
}

test.each([
  ['a value that is another', 'a = 1', 'a = 2'],
  ['a value of another type', 'a = 1', 'a = 1.0'],
  ['a missing key', 'a = 1\nb = 2', 'a = 1'],
  ['a key too many', 'a = 1', 'a = 1\nb = 2'],
  ['a key in another table', 'a = 1\n[t]\nb = 1', '[t]\na = 1\nb = 1'],
  ['elements in another order', '[[a]]\nx = 1\n[[a]]\nx = 2', '[[a]]\nx = 2\n[[a]]\nx = 1'],
  ['an empty table too few', '[a]\n[b]', '[a]'],
  ['a dotted key for a quoted one', '"a.b" = 1', 'a.b = 1'],
])('%s is a doubt', (_, expected, result) => {
  expect(doubt({ expected, result })).toMatch('does not match');
});

test.each([
  ['another order of keys', 'a = 1\nb = 2', 'b = 2\na = 1'],
  ['another form of a table', '[a]\nb = 1', 'a = { b = 1 }'],
  ['another form of an array of tables', '[[a]]\nb = 1', 'a = [ { b = 1 } ]'],
  ['another spelling', 'a = 255', 'a = 0xff'],
])('%s is none', (_, expected, result) => {
  expect(doubt({ expected, result })).toBeUndefined();
});

test('a comment that only the operator has must stand as often as in the file', () => {
  const texts = { base: '# v\n', current: '# v\n# own\n\n# own\n', expected: '' };
  expect(doubt({ ...texts, result: '# own\n# v\n# own\n' })).toBeUndefined();
  expect(doubt({ ...texts, result: '# own\n\n# own\n' })).toBeUndefined();
  expect(doubt({ ...texts, result: '# v\n# own\n' })).toMatch('one of your comments');
});
