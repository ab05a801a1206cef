import TOML from '@iarna/toml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { Release } from '../../src/release/release.ts';
import { unsetPlaceholders } from '../../src/render/render.ts';
import { renderToml, unsetInToml } from '../../src/render/render-toml.ts';
import { Secret } from '../../src/secret.ts';
import { tomlString } from '../../src/toml/literal.ts';

const template = [
  '# About {YOUR_A} in a comment.',
  'plain = "{YOUR_A}"',
  "literal = 'https://{YOUR_A}/x' # {YOUR_A}",
  'both = "{YOUR_A}{YOUR_B}"',
  'multi = """',
  '  {YOUR_A}"""',
  'list = [ "{YOUR_B}", "b" ]',
  'number = 0xff',
  '"{YOUR_A}" = 1',
  '[table]  # odd   spacing stays',
  'inline = { x = "{YOUR_A}", y = 2026-01-01T00:00:00Z }',
  '[[rows]]',
  'name = "{YOUR_B}"',
  '',
].join('\n');

const render = (values: Record<string, string>, text = template) =>
  renderToml(text, 'x.toml', (name) => values[name]).text;

describe('all of TOML 1.0 in a template', () => {
  it.each([
    ['arrays of several types', 'a = [1, "{YOUR_A}", 2.5, { b = "{YOUR_B}" }]\n'],
    ['a time before a line end', 'a = 07:32:00\nb = "{YOUR_A}"\n'],
    ['a date with small letters', 'a = 2026-01-01t00:00:00z\nb = "{YOUR_A}"\n'],
    ['a byte order mark', '\ufeffa = "{YOUR_A}"\n'],
    ['line ends of Windows', '# c\r\na = [1, "x"]\r\nb = "{YOUR_A}"\r\n'],
    ['no last line end', 'a = [1, "x"]\nb = "{YOUR_A}"'],
  ])('%s', (_, text) => {
    const value = '"\n[x]\ny = 1 \'';
    const expected = text.replace('"{YOUR_A}"', tomlString(value));
    expect(render({ YOUR_A: value }, text)).toBe(expected);
  });
});

/** Any string of whole characters, with much of what TOML, YAML, shells and this program mind. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '"',
        "'",
        '"""',
        "'''",
        '\\',
        '$',
        '#',
        '\n',
        '\r\n',
        '\t',
        '{YOUR_A}',
        '{YOUR_B}',
        '\u007f',
        '\u0000',
        '\u0085',
        '\ufeff',
        '=',
        '[x]',
        '$&',
        '$1',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text.isWellFormed());

describe('renderToml', () => {
  it('keeps every byte of a template whose placeholders are not known', () => {
    expect(render({})).toBe(template);
    const crlf = template.replaceAll('\n', '\r\n').replace('multi = """\r\n  {YOUR_A}"""\r\n', '');
    expect(render({}, crlf)).toBe(crlf);
  });

  it('changes the strings alone: no comment, no key, no other line', () => {
    const lines = render({ YOUR_A: 'a', YOUR_B: 'b' }).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '# About {YOUR_A} in a comment.',
      'plain = "a"',
      'literal = "https://a/x" # {YOUR_A}',
      'both = "ab"',
    ]);
    expect(lines).toContain('number = 0xff');
    expect(lines).toContain('"{YOUR_A}" = 1');
    expect(lines).toContain('[table]  # odd   spacing stays');
    expect(lines).toContain('inline = { x = "a", y = 2026-01-01T00:00:00Z }');
  });

  it('gives back any value as it was given, in a document of the same structure', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const read = TOML.parse(render({ YOUR_A: a, YOUR_B: b })) as Record<string, unknown>;
        expect(read).toEqual({
          plain: a,
          literal: `https://${a}/x`,
          both: a + b,
          multi: `  ${a}`,
          list: [b, 'b'],
          number: 255,
          '{YOUR_A}': 1,
          table: { inline: { x: a, y: new Date('2026-01-01T00:00:00Z') } },
          rows: [{ name: b }],
        });
      }),
      { numRuns: 500 },
    );
  });

  it('is the same bytes for the same values', () => {
    fc.assert(
      fc.property(anyText, (a) => {
        expect(render({ YOUR_A: a })).toBe(render({ YOUR_A: a }));
      }),
      { numRuns: 50 },
    );
  });

  it('fills in one pass: a value that looks like a placeholder stays what it is', () => {
    const read = TOML.parse(render({ YOUR_A: '{YOUR_B}', YOUR_B: 'b' }));
    expect(read.plain).toBe('{YOUR_B}');
    expect(read.both).toBe('{YOUR_B}b');
  });

  it.each([
    ['a template that is not TOML', 'x = {YOUR_A}\n', 1],
    ['a template that TOML 1.0 forbids', 'a = 1\na = 2\n', 2],
  ])('refuses %s, with the line', (_what, text, line) => {
    let caught: unknown;
    try {
      render({ YOUR_A: '1' }, text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UserError);
    expect(caught).toMatchObject({ code: 'TEMPLATES_INVALID', faults: [{ file: 'x.toml', line }] });
  });
});

describe('tomlString', () => {
  it('is read back as the same text by the parser', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const written = tomlString(text);
        expect(written).toMatch(/^"[^\n\r]*"$/);
        expect(TOML.parse(`x = ${written}`).x).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('unsetInToml', () => {
  it('finds placeholders in values, with line and key, and none in keys and comments', () => {
    const found = unsetInToml(template, 'x.toml');
    expect(found.map(({ line, key, placeholder }) => [line, key, placeholder].join(' '))).toEqual([
      '2 plain YOUR_A',
      '3 literal YOUR_A',
      '4 both YOUR_A',
      '4 both YOUR_B',
      '5 multi YOUR_A',
      '7 list YOUR_B',
      '11 table.inline.x YOUR_A',
      '13 rows.0.name YOUR_B',
    ]);
  });

  it('finds what renderToml says that it left open, whatever the values are', () => {
    fc.assert(
      fc.property(anyText, fc.option(anyText, { nil: undefined }), (a, b) => {
        const values: Record<string, string | undefined> = { YOUR_A: a, YOUR_B: b };
        const { text, open } = renderToml(template, 'x.toml', (name) => values[name]);
        expect(open).toEqual(unsetInToml(text, 'x.toml'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('unsetPlaceholders', () => {
  it('leaves out what is not a placeholder of the release', () => {
    const file = { path: 'x.toml', content: new Secret(template) };
    expect(unsetPlaceholders([file], { values: {} } as Release, new Map())).toEqual([]);
  });
});
