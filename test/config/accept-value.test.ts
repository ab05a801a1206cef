import { describe, expect, it } from 'vitest';
import { acceptValue, newValue } from '../../src/config/accept-value.ts';
import { valueLiteral } from '../../src/toml/value-text.ts';
import { afterEdits, configInput, parameterOf, platform } from '../support/config-input.ts';
import { installed } from '../support/releases.ts';

const source = configInput(installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' }));

function accepted(key: string, text: string, literal = false, from = source): string {
  const result = acceptValue(text, parameterOf(from, key), literal);
  return result.ok ? valueLiteral(result.value) : result.message;
}

describe('a value for', () => {
  it.each([
    ['a text, as it was typed', 'bucket.name', ' a "b" = {x}\n', '" a \\"b\\" = {x}\\n"'],
    ['a text that looks like TOML', 'bucket.name', '5', '"5"'],
    ['an integer', 'database.port', ' 5433 ', '5433'],
    ['an integer of another base', 'database.port', '0x1F', '31'],
    ['an array', 'cors.allow_origins', `['https://a.example']`, '["https://a.example"]'],
    ['an array without elements', 'cors.allow_origins', '[]', '[]'],
    ['a choice', 'openai.provider', 'azure', '"azure"'],
    ['a domain, in its form', 'sendgrid.from_domain', ' Example.COM ', '"example.com"'],
    [
      'an address, in its form',
      'azure_openai.endpoint',
      'https://a.example/',
      '"https://a.example"',
    ],
    ['a server', 'database.host', ' db.internal ', '"db.internal"'],
    ['an endpoint', 'bucket.endpoint', 'https://s3.example/', '"https://s3.example"'],
    ['an address around a host', 'app.base_url', 'https://B.example/', '"https://b.example"'],
    ['an address of another pattern', 'app.base_url', 'http://b.example/', '"http://b.example/"'],
    [
      'another path where the pattern has one',
      'app.base_api_url',
      'http://b.example/x/',
      '"http://b.example/x/"',
    ],
  ])('%s is taken', (_what, key, text, literal) => {
    expect(accepted(key, text)).toBe(literal);
  });

  it.each([
    ['an integer', 'database.port', 'many', 'must be an integer, such as 5432'],
    ['an integer in quotes', 'database.port', '"5433"', 'must be an integer, such as 5432'],
    [
      'an integer of 65 bits',
      'database.port',
      '9223372036854775808',
      'must be an integer, such as 5432',
    ],
    ['an integer with a comment', 'database.port', '1 # x', 'must be an integer, such as 5432'],
    [
      'an integer with a line more',
      'database.port',
      '1\nuser = "x"',
      'must be an integer, such as 5432',
    ],
    ['an array', 'cors.allow_origins', 'https://a.example', 'must be a TOML array: ["…", "…"]'],
    ['an array of texts', 'cors.allow_origins', '[1]', 'must be a TOML array: ["…", "…"]'],
    ['a choice', 'openai.provider', 'Azure', 'must be "openai" or "azure"'],
    ['a choice that is none', 'openai.provider', '', 'must be "openai" or "azure"'],
    [
      'a domain',
      'sendgrid.from_domain',
      'me@x.example',
      'must be a domain such as example-bank.com, without @',
    ],
    [
      'an address',
      'app.base_url',
      'b.example',
      'must be an address such as https://chat.example-bank.com',
    ],
    [
      'a host that init refuses',
      'app.base_url',
      'https://b.example.',
      'must contain a host name, such as https://chat.example-bank.com',
    ],
    [
      'a host that init refuses, before a path',
      'app.base_api_url',
      'https://b_x.example/api',
      'must contain a host name, such as https://chat.example-bank.com/api',
    ],
    [
      'an address with a path',
      'app.base_url',
      'https://b.example/portal',
      'must be an address without a path, such as https://chat.example-bank.com',
    ],
    [
      'addresses',
      'cors.allow_origins',
      '["*"]',
      'must be an address such as https://chat.example-bank.com',
    ],
    ['an algorithm', 'api.algorithm', 'none', 'must be "HS256", "HS384" or "HS512"'],
    [
      'a life of tokens',
      'api.access_token_expire_minutes',
      '0',
      'must be a number of minutes from 1 to 5256000',
    ],
    [
      'a life of tokens that ended',
      'api.access_token_expire_minutes',
      '-1',
      'must be a number of minutes from 1 to 5256000',
    ],
    ['a port', 'database.port', '0', 'must be a port from 1 to 65535'],
    ['a port above all', 'database.port', '99999', 'must be a port from 1 to 65535'],
    [
      'a server',
      'database.host',
      'postgres; rm -rf /',
      'must be a host name or an IP address, without http:// or a port',
    ],
    ['an endpoint', 'bucket.endpoint', 'bucket', 'must be an address such as http://bucket:9000'],
    [
      'an address of another scheme',
      'app.base_url',
      'javascript://b.example',
      'must be an address such as https://chat.example-bank.com',
    ],
    [
      'an address with blanks',
      'app.base_api_url',
      'https://b.example/api; rm',
      'must be an address such as https://chat.example-bank.com/api',
    ],
    ['a mandatory text', 'sendgrid.api_key', '', 'is mandatory and cannot be empty'],
    [
      'a text',
      'bucket.name',
      'x{YOUR_URL}',
      'contains a placeholder ({YOUR_…}) for a value that is not set yet',
    ],
    [
      'half a character',
      'bucket.name',
      '\ud800',
      'contains an incomplete character (a lone surrogate)',
    ],
  ])('%s is refused when it is none, without a word of it', (_what, key, text, message) => {
    expect(accepted(key, text)).toBe(message);
  });

  it('a key that someone gave another type gets the type that the release has', () => {
    const wrong = afterEdits([[platform, 'port = 5432', 'port = "5432"']]);
    expect(accepted('database.port', '5433', false, wrong)).toBe('5433');
  });

  it('a key of the operator gets the type that it has', () => {
    const own = afterEdits([
      [
        platform,
        '[database]',
        '[own]\nratio = 0.5\nat = 07:00:00\non = true\nmix = [1, "a"]\n[database]',
      ],
    ]);
    expect(accepted('own.ratio', '3', false, own)).toBe('3.0');
    expect(accepted('own.ratio', 'x', false, own)).toBe('must be a number, such as 0.5');
    expect(accepted('own.at', '08:00:00', false, own)).toBe('08:00:00');
    expect(accepted('own.at', '2026-01-01', false, own)).toBe('must be a time, such as 07:00:00');
    expect(accepted('own.on', 'yes', false, own)).toBe('must be true or false');
    expect(accepted('own.mix', '[true]', false, own)).toBe('[true]');
  });

  it('a text may be given as TOML, when that is said', () => {
    expect(accepted('bucket.name', '"a\\nb"', true)).toBe('"a\\nb"');
    expect(accepted('bucket.name', 'a', true)).toBe('must be a string, such as "platform"');
  });
});

describe('a value for a new key', () => {
  it('is a text as it was typed, or TOML when that is said', () => {
    expect(newValue('5', false)).toEqual({ ok: true, value: '5' });
    expect(newValue('5', true)).toEqual({ ok: true, value: 5n });
    expect(newValue('{ a = 1 }', true)).toMatchObject({ ok: false });
    expect(newValue('5 6', true)).toMatchObject({ ok: false });
  });
});
