import { describe, expect, test } from 'vitest';
import { setTomlValue, TomlEditError, unsetTomlKey } from '../../src/toml/edit-toml.ts';

const file = [
  '# Site of the bank',
  '',
  'url = "https://old" # ask the network team',
  '',
  '[smtp]',
  '# Relay.',
  'host =   "mail"',
  'auth = { user = "u", password = "p" }',
  'tls.mode = "strict"',
  '',
  '[[services]]',
  'name = "platform"',
  'port = 8080',
  '[[services]]',
  'name = "chatbot"',
  '',
].join('\n');

describe('setTomlValue', () => {
  test('replaces nothing but the value', () => {
    expect(setTomlValue(file, ['url'], '"https://new"')).toBe(
      file.replace('"https://old"', '"https://new"'),
    );
    expect(setTomlValue(file, ['smtp', 'auth', 'password'], "'q'")).toBe(
      file.replace('"p"', "'q'"),
    );
  });

  test('finds an element of an array of tables by its name, id or index', () => {
    expect(setTomlValue(file, ['services', 'platform', 'port'], '81')).toBe(
      file.replace('8080', '81'),
    );
    expect(setTomlValue(file, ['services', 0, 'port'], '81')).toBe(file.replace('8080', '81'));
  });

  test.each<[string, (string | number)[], string, string]>([
    ['at the end of its table', ['smtp', 'port'], 'tls.mode = "strict"\n', 'port = 1\n'],
    ['in an inline table', ['smtp', 'auth', 'kind'], 'password = "p"', ', kind = 1'],
    ['beside its dotted siblings', ['smtp', 'tls', 'ca'], 'tls.mode = "strict"\n', 'tls.ca = 1\n'],
    ['in the root', ['lang'], '# ask the network team\n', 'lang = 1\n'],
    ['in its element', ['services', 'platform', 'x'], 'port = 8080\n', 'x = 1\n'],
    ['in a new table', ['log', 'level'], 'name = "chatbot"\n', '\n[log]\nlevel = 1\n'],
    [
      'in a new table of an element',
      ['services', 0, 'a', 'b'],
      '8080\n',
      '\n[services.a]\nb = 1\n',
    ],
  ])('puts a new key %s', (_, path, after, added) => {
    expect(setTomlValue(file, path, '1')).toBe(file.replace(after, after + added));
  });

  test('keeps line ends, a byte order mark and a last line without its end', () => {
    expect(setTomlValue('\ufeffa = 1\r\nb = 2', ['c'], '3')).toBe(
      '\ufeffa = 1\r\nb = 2\r\nc = 3\r\n',
    );
    expect(setTomlValue('\ufeff', ['c'], '3')).toBe('\ufeffc = 3\n');
    expect(setTomlValue('[a]', ['c'], '3')).toBe('c = 3\n\n[a]');
    expect(setTomlValue('# file\n[a]\n', ['c'], '3')).toBe('c = 3\n\n# file\n[a]\n');
    expect(setTomlValue('# file\n\n[a]\n', ['c'], '3')).toBe('# file\n\nc = 3\n\n[a]\n');
    expect(setTomlValue('t = {}\n', ['t', 'c'], '3')).toBe('t = { c = 3 }\n');
  });

  test.each([
    ['a literal that is not a value', ['url'], 'x'],
    ['a literal that brings another line', ['url'], '1\nb = 2'],
    ['a literal that brings a comment', ['url'], '1 # b'],
    ['a path to a table', ['smtp'], '1'],
    ['a path through a value', ['url', 'x'], '1'],
    ['an element that does not exist', ['services', 'nobody', 'x'], '1'],
  ])('refuses %s', (_, path, literal) => {
    expect(() => setTomlValue(file, path, literal)).toThrow(TomlEditError);
  });

  test('names the fault of a text that does not parse', () => {
    expect(() => setTomlValue('a = 1\nb =\n', ['a'], '2')).toThrow(
      expect.objectContaining({ fault: expect.objectContaining({ line: 3 }) }),
    );
  });
});

describe('unsetTomlKey', () => {
  test('takes the key with its comments', () => {
    expect(unsetTomlKey(file, ['url'])).toBe(
      file.replace('url = "https://old" # ask the network team\n\n', ''),
    );
    expect(unsetTomlKey(file, ['smtp', 'host'])).toBe(
      file.replace('# Relay.\nhost =   "mail"\n', ''),
    );
  });

  test.each([
    [['t', 'a'], 't = { b = 2, c = 3 }'],
    [['t', 'b'], 't = { a = 1, c = 3 }'],
    [['t', 'c'], 't = { a = 1, b = 2 }'],
  ])('takes %j out of an inline table', (path, expected) => {
    expect(unsetTomlKey('t = { a = 1, b = 2, c = 3 }', path)).toBe(expected);
  });

  test('leaves a text without the key as it is, and refuses a table', () => {
    expect(unsetTomlKey(file, ['smtp', 'nothing'])).toBe(file);
    expect(() => unsetTomlKey(file, ['smtp'])).toThrow(TomlEditError);
  });
});
