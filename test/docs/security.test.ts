import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/parameters.ts';
import { rotatedSecrets } from '../../src/config/rotation.ts';
import { fileMode } from '../../src/release/layout.ts';
import { configInput } from '../support/config-input.ts';
import { installed } from '../support/releases.ts';

/** SECURITY.md says what the code does. */

const page = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => /^\| [a-z]/i.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('SECURITY.md', () => {
  it('gives each file of an installation the mode that the program gives it', () => {
    const told = rows.flatMap(([, , where = '', mode]) =>
      [...where.matchAll(/`((?:backend|\.proto)\/[^`]+)`/g)].map(([, path = '']) => [path, mode]),
    );
    expect(told.length).toBeGreaterThan(10);
    for (const [path = '', mode] of told)
      expect([path, fileMode(path).toString(8)]).toEqual([path, mode]);
  });

  it.each(['on-premise', 'hybrid'] as const)(
    'names every generated secret of %s hosting, with all its places',
    (hosting) => {
      const input = configInput(installed('2026.11.0', {}, hosting));
      for (const { name, places, files } of rotatedSecrets(input, readConfig(input))) {
        const row = rows.find(([, , , , how]) => how?.includes(name));
        expect([name, row?.[4]]).toEqual([name, expect.stringContaining('config rotate')]);
        for (const file of [...places.map((place) => place.file), ...files]) {
          expect([name, row?.[2]]).toEqual([name, expect.stringContaining(`\`${file}\``)]);
        }
      }
    },
  );

  it('names every file of backend/secrets that is secret', () => {
    const { values } = configInput(installed('2026.11.0', {}, 'hybrid')).templates.release;
    const made = Object.values(values).filter(({ secret, made }) => secret && made !== undefined);
    expect(made.length).toBe(2);
    for (const path of ['tls_certificate_key', 'ca_certificate_key', 'postgres_password']) {
      expect(page).toContain(`\`backend/secrets/${path}\``);
    }
  });
});
