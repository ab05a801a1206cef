import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseToml } from '../../src/toml/parse-toml.ts';
import { sameTomlValue, type TomlValue } from '../../src/toml/value.ts';
import { valueData, valueLiteral, valuePlain } from '../../src/toml/value-text.ts';

function parsed(literal: string): TomlValue {
  const read = parseToml(`v = ${literal}`);
  const [entry] = read.ok ? read.document.entries : [];
  if (entry === undefined) throw new Error(`no TOML value: ${literal}`);
  return entry.value;
}

const arbitraryValue = fc.letrec<{ value: TomlValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.boolean(),
    fc
      .constantFrom('1979-05-27T07:32:00Z', '1979-05-27T07:32:00.5', '1979-05-27', '07:32:00')
      .map(parsed),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.string({ maxLength: 4 }), tie('value')), { maxLength: 3 })
      .map((pairs) => new Map(pairs)),
  ),
})).value;

describe('valueLiteral', () => {
  it('is TOML that means the same value, on one line', () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        const literal = valueLiteral([value]);
        expect(literal).not.toContain('\n');
        expect(sameTomlValue(parsed(literal), [value])).toBe(true);
      }),
    );
  });

  it.each([
    ['0x1F', '31'],
    ['1e3', '1000.0'],
    ['-inf', '-inf'],
    ['nan', 'nan'],
    ['-0.0', '-0.0'],
    ['[ 1,\n 2 # two\n]', '[1, 2]'],
    ['[{ "a b" = 1 }, {}]', '[{ "a b" = 1 }, {}]'],
    ['"""\na\tb"""', '"a\\tb"'],
  ])('of %j is %s', (source, literal) => {
    expect(valueLiteral(parsed(source))).toBe(literal);
  });
});

describe('valuePlain', () => {
  it('gives a string without quotes, and all else as TOML', () => {
    expect(valuePlain('a "b"\n')).toBe('a "b"\n');
    expect(valuePlain(parsed('["a"]'))).toBe('["a"]');
  });
});

describe('valueData', () => {
  it('gives JSON what it can hold, and no number that its readers would round', () => {
    const value = parsed('[1, 9007199254740993, 1.5, inf, true, 1979-05-27, { __proto__ = 1 }]');
    expect(JSON.stringify(valueData(value))).toBe(
      '[1,"9007199254740993",1.5,"inf",true,"1979-05-27",{"__proto__":1}]',
    );
  });
});
