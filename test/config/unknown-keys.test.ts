import { describe, expect, it } from 'vitest';
import { misspelledKeys } from '../../src/config/unknown-keys.ts';
import { configInput, platform } from '../support/config-input.ts';
import { installed } from '../support/releases.ts';

const input = configInput(installed('2026.11.0'));

const vendors = `name = "a"
# port_range = "1-2"

[database]
host = "postgres"
port = 5432
# How many connections.
# pool_size = 5
#
# [database.tls]
# mode = "require"
# certificate = "/x"

user = "proto"
"quoted key" = 1

[database.options]

[limits]
requests_per_minute = 60
key_1 = "a"
key_2 = "b"

[[site]]
name = "one"
url = "https://one.example"

[[site]]
name = "two"
title = "Two"
`;

/** What is said about a file of the operator. */
function told(current: string, base = vendors, template = base): string[] {
  const files = new Map([...input.templates.files, [platform, template]]);
  const faults = misspelledKeys({
    templates: { ...input.templates, files },
    base: new Map([...input.base, [platform, base]]),
    current: new Map([...input.current, [platform, current]]),
  });
  return faults.map(({ file, line, key, message }) => {
    expect(file).toBe(platform);
    return `${line} ${key} ${message.replace('is an unknown key; the closest match is ', '→ ')}`;
  });
}

describe('a misspelled key', () => {
  it.each([
    ['[database]\nprot = 5432', '2 database.prot → "database.port"'],
    ['[database]\nPort = 5432', '2 database.Port → "database.port"'],
    ['database.hots = "x"', '1 database.hots → "database.host"'],
    ['[databse]\nport = 1\nhost = "x"', '2 databse → "database"'],
    ['[database]\npoolsize = 9', '2 database.poolsize → "database.pool_size"'],
    ['[database.tls]\nmdoe = "x"', '2 database.tls.mdoe → "database.tls.mode"'],
    ['[database]\ntsl = {mode = "x"}', '2 database.tsl → "database.tls"'],
    ['[database]\n"quoted kye" = 1', '2 database."quoted kye" → "database."quoted key""'],
    [
      '[limits]\nrequest_per_minutes = 1',
      '2 limits.request_per_minutes → "limits.requests_per_minute"',
    ],
    ['nmae = "x"', '1 nmae → "name"'],
    ['prot_range = "x"', '1 prot_range → "port_range"'],
    ['[[site]]\nname = "own"\ntilte = "x"', '3 site.tilte → "site.title"'],
  ])('%j: %s', (current, expected) => {
    expect(told(`${current}\n`)).toEqual([expected]);
  });

  it('counts once for all elements, and beside the right one', () => {
    expect(told(`${vendors}[[site]]\nnaem = "x"\n[[site]]\nnaem = "y"\n`)).toHaveLength(1);
    expect(told(vendors.replace('port = 5432', 'port = 5432\nprot = 1'))).toHaveLength(1);
  });

  it('may be one that only the base, or only the template has', () => {
    expect(told('[a]\nbuket = 1\n', '[a]\nbucket = 1\n', '')).toHaveLength(1);
    expect(told('[a]\nbuket = 1\n', '', '[a]\nbucket = 1\n')).toHaveLength(1);
  });
});

describe('a key of the operator', () => {
  it.each([
    ['that the release has', vendors],
    [
      'that the release has switched off',
      '[database]\npool_size = 9\n[database.tls]\nmode = "x"\n',
    ],
    ['of an element that another element has', '[[site]]\nname = "own"\ntitle = "x"\nurl = "y"\n'],
    ['that resembles nothing', '[database]\nstatement_timeout = 5\n'],
    ['with another number', '[limits]\nkey_3 = "c"\n'],
    ['that is short', '[database]\nurl = "x"\n'],
    ['in a table of the operator', '[mine]\nprot = 1\n'],
    ['in a table without keys of the release', '[database.options]\nprot = 1\n'],
    ['in a broken file', '[database]\nprot =\n'],
  ])('%s is not told', (_, current) => expect(told(current)).toEqual([]));

  it('is not told in a table with many of them', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => `own_${n} = 1\n`).join('');
    expect(told(`[limits]\n${many}request_per_minute = 1\n`)).toEqual([]);
  });

  it('is not told in the files of a release as they are', () => {
    for (const name of ['2026.9.0', '2026.10.0', '2026.11.0', '2026.12.0', '2027.1.0'] as const) {
      expect(misspelledKeys(configInput(installed(name), name))).toEqual([]);
    }
  });
});
