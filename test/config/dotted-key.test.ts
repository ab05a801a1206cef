import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namerOf } from '../../src/config/dotted-key.ts';
import { parseDottedKey } from '../../src/toml/dotted-key.ts';
import { tomlDottedKey } from '../../src/toml/literal.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';

describe('parseDottedKey', () => {
  it.each([
    ['sendgrid.api_key', ['sendgrid', 'api_key']],
    ['  url ', ['url']],
    ['labels."my key".x', ['labels', 'my key', 'x']],
    [`'a.b'.c`, ['a.b', 'c']],
    ['__proto__.1', ['__proto__', '1']],
  ])('reads %s', (text, parts) => {
    expect(parseDottedKey(text)).toEqual(parts);
  });

  it.each([
    '',
    '.',
    'a.',
    'a b',
    'größe',
    'a = 1\nb',
    '# x\na',
    '[a]\nb',
    'a = 1 #',
    'openai.api_key=sk-1',
    '"open',
  ])('reads nothing from %j', (text) => {
    expect(parseDottedKey(text)).toBeUndefined();
  });

  it('reads back every key that the program writes', () => {
    const name = fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        expect(parseDottedKey(tomlDottedKey(names))).toEqual(names);
      }),
    );
  });
});

describe('namerOf', () => {
  const text = [
    '[[a]]',
    'name = "x"',
    'v = 1',
    '[[a]]',
    'id = 7',
    'v = 2',
    '[[a]]',
    'v = 3',
    '[[b]]',
    'name = "same"',
    '[[b]]',
    'name = "same"',
  ].join('\n');
  const parsed = parseToml(text);

  it('names an element by its name or id where that is its own, else by its index', () => {
    if (!parsed.ok) throw new Error('no TOML');
    const { document } = parsed;
    expect(document.entries.map(({ path }) => namerOf(document)(path).join('.'))).toEqual([
      'a.x.name',
      'a.x.v',
      'a.7.id',
      'a.7.v',
      'a.2.v',
      'b.0.name',
      'b.1.name',
    ]);
  });
});
