import { describe, expect, it } from 'vitest';
import { parseRelease } from '../../src/release/parse-release.ts';
import type { ValueDescription } from '../../src/release/release.ts';
import { Secret } from '../../src/secret.ts';
import { applies, parseValues, revealValue, withDefaults } from '../../src/values/values.ts';
import { readTemplateSet } from '../support/template-set.ts';

const { release } = readTemplateSet();

function described(name: string): ValueDescription {
  const description = release.values[name];
  if (description === undefined) throw new Error(`no ${name}`);
  return description;
}

/** The values read from a text, as plain strings. */
function read(text: string, file = 'values.toml'): Record<string, string | undefined> {
  const parsed = parseValues(text, file, release);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return Object.fromEntries(
    [...parsed.values].map(([name, value]) => [name, revealValue(value)] as const),
  );
}

/** `line key message` of every fault. */
function faults(text: string, file = 'values.toml'): string[] {
  const parsed = parseValues(text, file, release);
  if (parsed.ok) throw new Error('it was accepted');
  return parsed.faults.map(({ line, key, message }) => [line, key, message].join(' '));
}

describe('parseValues', () => {
  const expected = { YOUR_URL: 'chat.example-bank.com', YOUR_SENDGRID_API_KEY: 'SG.1' };

  it.each([
    ['TOML', 'values.toml', 'url = "chat.example-bank.com"\nsendgrid_api_key = "SG.1"\n'],
    [
      'TOML with CRLF and comments',
      'v',
      "# mine\r\nurl = 'chat.example-bank.com' # x\r\nsendgrid_api_key = 'SG.1'\r\n",
    ],
    [
      'TOML with a byte order mark',
      'v',
      '\ufeffurl = "chat.example-bank.com"\nsendgrid_api_key = "SG.1"',
    ],
    [
      'the names of the placeholders',
      'v',
      'YOUR_URL = "chat.example-bank.com"\nYOUR_SENDGRID_API_KEY = "SG.1"',
    ],
    ['JSON', 'values.json', '{"url": "chat.example-bank.com", "sendgrid_api_key": "SG.1"}'],
    [
      'JSON with a byte order mark, by a name in capitals',
      'V.JSON',
      '\ufeff{"url":"chat.example-bank.com","sendgrid_api_key":"SG.1"}',
    ],
  ])('reads %s', (_what, file, text) => {
    expect(read(text, file)).toEqual(expected);
  });

  it.each([
    ['an empty file', 'values.toml', ''],
    ['comments alone', 'values.toml', '# url = "x"\n'],
    ['an empty object', 'values.json', '{}'],
    ['a value left empty', 'values.toml', 'url = ""\n'],
  ])('takes %s for nothing given', (_what, file, text) => {
    expect(read(text, file)).toEqual({});
  });

  it('makes a secret of what the release calls one, and of nothing else', () => {
    const parsed = parseValues('url = "a.example"\nopenai_api_key = "sk-1"', 'v', release);
    if (!parsed.ok) throw new Error('refused');
    expect(parsed.values.get('YOUR_OPENAI_API_KEY')).toBeInstanceOf(Secret);
    expect(parsed.values.get('YOUR_URL')).toBe('a.example');
  });

  it('keeps every character of a secret', () => {
    const odd = ' a"b\'c\\d$e#f\n{YOUR_URL}\u007fé😀 ';
    expect(read(JSON.stringify({ openai_api_key: odd }), 'v.json')).toEqual({
      YOUR_OPENAI_API_KEY: odd,
    });
  });

  it('tells all faults at once, each with its line and key, and the nearest name', () => {
    const text = [
      'urll = "chat.example-bank.com"',
      'sendgrid_api_key = 1',
      'openai_provider = "gpt"',
      'desired_email_from = "me@example-bank.com"',
      'azure_openai_endpoint = "example"',
    ].join('\n');
    expect(faults(text)).toEqual([
      '1 urll is an unknown value; the closest match is "url"',
      '2 sendgrid_api_key must be a string',
      '3 openai_provider must be "openai" or "azure"',
      '4 desired_email_from must be a domain such as example-bank.com, without @',
      '5 azure_openai_endpoint must be an address such as https://example-bank.openai.azure.com',
    ]);
    const json = '{\n  "urll": "x",\n  "sendgrid_api_key": 1\n}';
    expect(faults(json, 'v.json')).toEqual([
      '2 urll is an unknown value; the closest match is "url"',
      '3 sendgrid_api_key must be a string',
    ]);
  });

  it('names the place of a key behind 100,000 blanks', () => {
    const blanks = ' '.repeat(100_000);
    expect(faults(`# ${blanks}\n${blanks}urll${blanks}= "x"`)).toEqual([
      '2 urll is an unknown value; the closest match is "url"',
    ]);
  });

  it.each([
    [
      'a value under both of its names',
      'url = "a.example"\nYOUR_URL = "b.example"',
      '2 YOUR_URL is set twice, once under each of its names',
    ],
    [
      'a table',
      'url = "a.example"\n[sendgrid]\napi_key = "x"',
      '2 sendgrid is a section, but a values file must be flat, with one line per value',
    ],
    [
      'a dotted key',
      'sendgrid.api_key = "x"',
      '1 sendgrid is a section, but a values file must be flat, with one line per value',
    ],
    [
      'a random secret',
      'random_secret_key_1 = "x"',
      '1 random_secret_key_1 is generated by proto-scaffold and cannot be set',
    ],
    [
      'a random secret by its placeholder',
      'YOUR_RANDOM_SECRET_KEY_1 = "x"',
      '1 YOUR_RANDOM_SECRET_KEY_1 is generated by proto-scaffold and cannot be set',
    ],
    [
      'what is special to JavaScript',
      '__proto__ = "x"',
      '1 __proto__ is an unknown value; the closest match is "url"',
    ],
    ['a number', 'url = 1', '1 url must be a string'],
    ['a list', 'url = ["a.example"]', '1 url must be a string'],
    ['a date', 'url = 2026-01-01', '1 url must be a string'],
  ])('refuses %s', (_what, text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  it.each([
    ['no quotes', 'url = chat.example-bank.com', 1],
    ['one quote missing', 'url = "a.example\nx = 1', 1],
    ['the same key twice', 'url = "a.example"\nurl = "b.example"', 2],
    ['no value', 'a = "x"\nurl =\n', 2],
    ['JSON under the name of TOML', '{"url": "a.example"}', 1],
    ['a control character', 'url = "\u0001"', 1],
  ])('refuses TOML with %s, with its line', (_what, text, line) => {
    const [fault, ...more] = faults(text);
    expect(more).toEqual([]);
    expect(fault).toMatch(new RegExp(`^${line}  is not valid TOML: \\S`));
  });

  it.each([
    ['an array of several types', 'url = [1, "x"]', '1 url must be a string'],
    ['an array of tables and texts', 'url = [{ a = 1 }, "x", 1.0]', '1 url must be a string'],
    ['a time before a line end', 'url = 07:32:00\n', '1 url must be a string'],
    ['a date with a small t', 'url = 2026-01-01t00:00:00z', '1 url must be a string'],
  ])('reads all of TOML 1.0: %s is not invalid', (_what, text, fault) => {
    expect(faults(text)).toEqual([fault]);
    expect(faults(`\ufeff${text}`)).toEqual([fault]);
  });

  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
  ])('refuses JSON that is %s', (_what, text) => {
    expect(faults(text, 'v.json')).toEqual(['1  must be an object of values']);
  });

  it('repeats nothing of a broken file but the names of its keys', () => {
    const canary = 'canary-77b0';
    const broken = [
      `openai_api_key = "${canary}`,
      `openai_api_key = ${canary}`,
      `openai_api_key = "x"\nopenai_api_key = "${canary}"`,
      `openai_provider = "${canary}"`,
      `url = "https://${canary}/path"`,
      `${canary}`,
    ];
    for (const text of broken) expect(faults(text).join(), text).not.toContain(canary);
    expect(faults(`{"openai_api_key": "${canary}`, 'v.json').join()).not.toContain(canary);
  });

  it.each([
    ['TOML', 'v.toml', `url = ${'['.repeat(100_000)}`],
    ['TOML tables', 'v.toml', `${'a.'.repeat(100_000)}b = 1`],
    ['JSON', 'v.json', '['.repeat(100_000)],
  ])('survives %s nested 100,000 deep', (_what, file, text) => {
    expect(faults(text, file)).toHaveLength(1);
  });
});

describe('defaults and conditions', () => {
  it('fill in what was not given, and never what was', () => {
    expect(withDefaults(release, new Map()).get('YOUR_OPENAI_PROVIDER')).toBe('openai');
    const given = new Map([['YOUR_OPENAI_PROVIDER', 'azure']]);
    expect(withDefaults(release, given).get('YOUR_OPENAI_PROVIDER')).toBe('azure');
  });

  it('give a value a part only where the other value says so', () => {
    const azure = described('YOUR_AZURE_OPENAI_API_KEY');
    expect(applies(azure, new Map([['YOUR_OPENAI_PROVIDER', 'azure']]))).toBe(true);
    expect(applies(azure, new Map([['YOUR_OPENAI_PROVIDER', 'openai']]))).toBe(false);
    expect(applies(described('YOUR_URL'), new Map())).toBe(true);
  });

  it('know no placeholder that the release does not have', () => {
    const other = parseRelease(
      [
        'format_version: 1',
        'release: 1.0.0',
        'requires: { os: x, docker: 1.0.0, compose: 1.0.0, nginx: 1.0.0, memory_gb: 1, disk_gb: 1, database_disk_gb: 1 }',
        'values: { YOUR_NAME: { about: x } }',
        'bundles: {}',
        'services: {}',
      ].join('\n'),
    );
    expect(parseValues('url = "a.example"', 'v', other).ok).toBe(false);
    expect(parseValues('name = "a"', 'v', other).ok).toBe(true);
  });
});

describe('values that go together', () => {
  const certificate = 'tls_certificate = "/etc/ssl/a.pem"\n';
  const key = 'tls_certificate_key = "/etc/ssl/a.key"\n';

  it('are taken together, or not at all', () => {
    expect(Object.keys(read(certificate + key))).toHaveLength(2);
    expect(faults(`url = "a.example"\n${certificate}`)).toEqual([
      '2 tls_certificate needs tls_certificate_key as well',
    ]);
    expect(faults(key)).toEqual(['1 tls_certificate_key needs tls_certificate as well']);
    expect(faults(`${certificate}tls_certificate_key = ""`)).toHaveLength(1);
  });

  it('and a fault of one is reported once', () => {
    expect(faults(`tls_certificate = "a.pem"\n${key}`)).toHaveLength(1);
  });
});
