import { parse } from '@iarna/toml';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tomlDottedKey, tomlKey, tomlString } from '../../src/toml/literal.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';

test('any string comes back as it was from its literal, read by two parsers', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const text = `v = ${tomlString(value)}`;
      const parsed = parseToml(text);
      expect(parsed.ok && parsed.document.entries[0]?.value).toBe(value);
      expect(parse(text)).toEqual({ v: value });
    }),
  );
});

test('a literal is one line without control characters, whatever the string', () => {
  expect(tomlString('a\nb\r\n"\\\t\u0000\u007f\u0085$')).toBe(
    '"a\\nb\\r\\n\\"\\\\\\t\\u0000\\u007F\\u0085$"',
  );
});

test('half a surrogate pair becomes the replacement character', () => {
  expect(tomlString('a\ud800b')).toBe('"a\ufffdb"');
  expect(tomlString('😀')).toBe('"😀"');
});

test('a key is quoted only where TOML wants it', () => {
  expect(tomlKey('max_size-2')).toBe('max_size-2');
  expect(tomlKey('')).toBe('""');
  expect(tomlKey('a.b')).toBe('"a.b"');
  expect(tomlDottedKey(['a', 'b c', '__proto__'])).toBe('a."b c".__proto__');
});
