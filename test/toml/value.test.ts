import { expect, test } from 'vitest';
import { parseToml } from '../../src/toml/parse-toml.ts';
import { sameTomlValue, type TomlValue } from '../../src/toml/value.ts';

function tomlValue(literal: string): TomlValue {
  const parsed = parseToml(`v = ${literal}\n`);
  const value = parsed.ok ? parsed.document.entries[0]?.value : undefined;
  if (value === undefined) throw new Error(`not a value: ${literal}`);
  return value;
}

test.each([
  ['255', '0xff'],
  ['1_000', '1000'],
  ['9007199254740993', '0x20000000000001'],
  ['1e3', '1000.0'],
  ['nan', '-nan'],
  ['"a"', "'a'"],
  ['"a\\nb"', '"""a\nb"""'],
  ['"a\\nb"', '"""a\r\nb"""'],
  ['[1, 2]', '[ 1,\n 2, # two\n]'],
  ['[{ a = 1, b = 2 }]', '[{b=2,a=1}]'],
  ['[{ a.b = 1 }]', '[{ a = { b = 1 } }]'],
  ['1979-05-27T07:32:00Z', '1979-05-27 00:32:00-07:00'],
  ['1979-05-27T07:32:00.500z', '1979-05-27T07:32:00.5Z'],
  ['1979-05-27t07:32:00', '1979-05-27 07:32:00.0'],
  ['0001-01-01T00:00:00Z', '0001-01-01T01:00:00+01:00'],
])('%s means the same as %s', (a, b) => {
  expect(sameTomlValue(tomlValue(a), tomlValue(b))).toBe(true);
  expect(sameTomlValue(tomlValue(b), tomlValue(a))).toBe(true);
});

test.each([
  ['1', '1.0'],
  ['0.0', '-0.0'],
  ['9007199254740992', '9007199254740993'],
  ['1', '"1"'],
  ['true', '"true"'],
  ['[]', '[[]]'],
  ['[1, 2]', '[2, 1]'],
  ['[{}]', '[[]]'],
  ['[{ a = 1 }]', '[{ b = 1 }]'],
  ['[{ kind = "local-date", text = "1979-05-27" }]', '[1979-05-27]'],
  ['1979-05-27', '"1979-05-27"'],
  ['1979-05-27', '1979-05-27T00:00:00'],
  ['1979-05-27T07:32:00', '1979-05-27T07:32:00Z'],
  ['07:32:00', '07:32:00.000000001'],
  ['1979-05-27T07:32:00.123456789Z', '1979-05-27T07:32:00.123456788Z'],
])('%s is not the same as %s', (a, b) => {
  expect(sameTomlValue(tomlValue(a), tomlValue(b))).toBe(false);
  expect(sameTomlValue(tomlValue(b), tomlValue(a))).toBe(false);
});

test.each([
  ['1970-01-01T00:30:00+01:00', '1969-12-31T23:30:00Z'],
  ['2024-02-29T23:59:00-00:01', '2024-03-01T00:00:00Z'],
  ['2000-03-01T00:00:00+00:01', '2000-02-29T23:59:00Z'],
  ['1900-03-01T00:00:00+00:01', '1900-02-28T23:59:00Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T01:00:00+01:00'],
])('%s is the instant %s, over the ends of months and years', (a, b) => {
  expect(sameTomlValue(tomlValue(a), tomlValue(b))).toBe(true);
});
