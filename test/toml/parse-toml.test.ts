import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TomlDocument } from '../../src/toml/document.ts';
import { isDisabled } from '../../src/toml/layout.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';
import { runs, timeout } from '../merge/support/runs.ts';

function read(text: string): TomlDocument {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.document;
}

function faultOf(text: string) {
  const parsed = parseToml(text);
  return parsed.ok ? undefined : parsed.fault;
}

test('every leaf is an entry with its path, value, line and comments', () => {
  const { entries } = read(
    [
      '# Where the service listens.',
      '# Behind nginx: loopback.',
      'listen = "127.0.0.1" # host',
      'limits = { upload = 10, rate.burst = 5 }',
      '',
      '[db.pool]',
      'size = 9007199254740993',
      '[[services]]',
      'name = "platform"',
      'ports = [ 80, # plain',
      '  443 ]',
      '[services.tls]',
      'since = 1979-05-27',
    ].join('\n'),
  );
  expect(entries.map(({ path, value, line }) => ({ path, value, line }))).toEqual([
    { path: ['listen'], value: '127.0.0.1', line: 3 },
    { path: ['limits', 'upload'], value: 10n, line: 4 },
    { path: ['limits', 'rate', 'burst'], value: 5n, line: 4 },
    { path: ['db', 'pool', 'size'], value: 9007199254740993n, line: 7 },
    { path: ['services', 0, 'name'], value: 'platform', line: 9 },
    { path: ['services', 0, 'ports'], value: [80n, 443n], line: 10 },
    {
      path: ['services', 0, 'tls', 'since'],
      value: { kind: 'local-date', text: '1979-05-27' },
      line: 13,
    },
  ]);
  expect(entries[0]?.comments).toEqual([
    '# Where the service listens.',
    '# Behind nginx: loopback.',
  ]);
  expect(entries[0]?.pair.statement.remarks.trail).toBe('# host');
  expect(entries[5]?.pair.innerComments).toEqual(['# plain']);
});

test('ranges count in the text as it was given, after a byte order mark too', () => {
  const text = '\ufeffa = 1\r\n"b c" = [ 2 ] # x\r\n';
  const document = read(text);
  const slices = document.entries.map(({ keyRange, valueRange }) => [
    text.slice(keyRange.start, keyRange.end),
    text.slice(valueRange.start, valueRange.end),
  ]);
  expect(slices).toEqual([
    ['a', '1'],
    ['"b c"', '[ 2 ]'],
  ]);
  expect(document.eol).toBe('\r\n');
  expect(document.start).toBe(1);
});

test('a last line without its end has the same ranges', () => {
  for (const value of ['0', '-0', '10', '0x0', '"x"', 'true', '1979-05-27', '[ 0 ]', '0.0']) {
    const text = `a = ${value}`;
    expect(read(text).entries[0]?.valueRange).toEqual({ start: 4, end: text.length });
  }
});

test('keys that only differ in their quotes are one key; a quoted dot is not a separator', () => {
  expect(read('"a.b" = 1\na.b = 2\n').entries.map((entry) => entry.path)).toEqual([
    ['a.b'],
    ['a', 'b'],
  ]);
  expect(faultOf("a = 1\n'a' = 2\n")).toMatchObject({ line: 2, column: 1 });
});

test('__proto__ and the empty key are keys as any other', () => {
  expect(read('"" = 1\n[__proto__]\ntoString = 2\n').entries.map((entry) => entry.path)).toEqual([
    [''],
    ['__proto__', 'toString'],
  ]);
});

test('a table may follow its own subtable', () => {
  const { root } = read('[a.b]\nx = 1\n[a]\ny = 2\n');
  const a = root.children.get('a');
  expect(a?.kind === 'table' && [...a.children.keys()]).toEqual(['b', 'y']);
});

test('a blank line parts a comment from the key below it', () => {
  const document = read(
    '# about the file\n\n# about a\na = 1\n\n# ---- B ----\n\n[b]\n\n# the end\n',
  );
  expect(document.entries[0]?.comments).toEqual(['# about a']);
  expect(document.sections[1]?.banner.map((note) => note.comments)).toEqual([['# ---- B ----']]);
  expect(document.comments).toHaveLength(4);
});

test('a switched-off key and what is above it do not belong to the key below', () => {
  const document = read('# Host.\n# host = "a"\n# Port.\nport = 1\n');
  expect(document.entries[0]?.comments).toEqual(['# Port.']);
  expect(document.sections[0]?.items[0]).toMatchObject({ comments: ['# Host.', '# host = "a"'] });
});

test.each([
  '# a = 1',
  '#a.b=true',
  '## "x y" = [ 1,',
  "# 'x' = {",
  '#\ta = -1',
  '# [smtp]',
  '# [[services]] # all',
])('%s is a switched-off key', (comment) => {
  expect(isDisabled(comment)).toBe(true);
});

test.each(['# a', '# a = b', '# see [1]', '#', '# =', '# Note: x = 1', '# [a] or [b] is fine'])(
  '%s is words',
  (comment) => {
    expect(isDisabled(comment)).toBe(false);
  },
);

test.each([
  ['a = 1\nb = \n', 3, 1],
  ['a = 1\nb = "x\n', 2, 7],
  ['a = 1\na = 2\n', 2, 1],
  ['[a]\nb = 1\n[a.b]\n', 3, 4],
  ['# x\ry = 1\n', 1, 4],
  ['a = 1\n\n??\n', 3, 1],
  ['\ufeffa = \u0000', 1, 6],
])('%j is refused with the place of the fault', (text, line, column) => {
  expect(faultOf(text)).toMatchObject({ line, column });
});

test('what is nested too deeply or too long for the parser is a fault', () => {
  expect(faultOf(`a = "${'x'.repeat(1_000_000)}"`)?.line).toBe(1);
  expect(faultOf(`a = ${'['.repeat(200_000)}${']'.repeat(200_000)}`)?.line).toBe(1);
});

test(
  'no text makes the parser throw, and blocks tile the text in order',
  () => {
    const unit = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '=',
      '.',
      ',',
      '"',
      "'",
      '#',
      '\n',
      '\r\n',
      ' ',
      'a',
      '1',
      '\\',
      '-',
      ':',
      '\ufeff',
      '\r',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const parsed = parseToml(text);
        if (!parsed.ok) {
          expect(parsed.fault.line).toBeGreaterThan(0);
          return;
        }
        let end = parsed.document.start;
        for (const block of parsed.document.blocks) {
          expect(block.gap).toBe(end);
          expect(text.slice(block.gap, block.start).trim()).toBe('');
          end = block.end;
        }
        expect(text.slice(end).trim()).toBe('');
      }),
      runs,
    );
  },
  timeout,
);

test.each([
  ['a dotted key', `${'a.'.repeat(100_000)}b = 1`],
  ['a header', `[${'a.'.repeat(100_000)}b]`],
  ['a key in an inline table', `t = { ${'a.'.repeat(100_000)}b = 1 }`],
  ['an array', `a = ${'['.repeat(100_000)}`],
])('%s of 100,000 parts is a fault, not the end of all memory', (_what, text) => {
  expect(parseToml(text)).toMatchObject({ ok: false, fault: { line: 1 } });
});

test('a list of a thousand addresses on one line is read', () => {
  const addresses = Array.from({ length: 1000 }, (_, n) => `"10.0.${n % 256}.1"`).join(', ');
  expect(parseToml(`allowed = [${addresses}]\n`).ok).toBe(true);
});
