import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import { bundlesOf, databaseOf, servicesOf, serviceWithRole } from '../../src/release/release.ts';
import { templatesFolder } from '../support/template-set.ts';

const shipped = readFileSync(join(templatesFolder, 'release.yml'), 'utf8');

/** `line key message` of every fault in the shipped description after a change. */
function faults(from: string | RegExp, to: string): string[] {
  const text = shipped.replace(from, to);
  expect(text).not.toBe(shipped);
  try {
    parseRelease(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe('TEMPLATES_INVALID');
    return error.faults.map(({ line, key, message }) => `${line} ${key ?? ''} ${message}`);
  }
  throw new Error('it was accepted');
}

/** The line of the first place where a text stands in the shipped description. */
const lineOf = (text: string) => shipped.slice(0, shipped.indexOf(text)).split('\n').length;

describe('parseRelease', () => {
  it('reads the shipped description', () => {
    const release = parseRelease(shipped);
    expect(servicesOf(release, 'on-premise').map(([name]) => name)).toEqual([
      'platform',
      'chatbot',
      'msgrouter_ws',
      'postgres',
      'bucket',
    ]);
    expect(servicesOf(release, 'hybrid').map(([name]) => name)).toEqual(['postgres', 'bucket']);
    expect(bundlesOf(release, 'on-premise').map(([name]) => name)).toEqual(['web-app', 'webchat']);
    expect(bundlesOf(release, 'hybrid')).toEqual([]);
  });

  it('tells which service keeps the data, and how the database is reached', () => {
    const release = parseRelease(shipped);
    for (const hosting of ['on-premise', 'hybrid'] as const) {
      const database = { service: 'postgres', user: 'postgres', name: 'platform' };
      expect(databaseOf(release, hosting)).toEqual(database);
      expect(serviceWithRole(release, hosting, 'bucket')?.[0]).toBe('bucket');
    }
    const without = parseRelease(shipped.replace('    role: database\n', ''));
    expect(databaseOf(without, 'hybrid')).toBeUndefined();
  });

  it.each([
    ['{ form: port }', '{ form: port, max: 9 }', 'port.max does not go with the form port'],
    ['{ form: port }', '{ form: porrt }', /^\d+ parameters\.database\.port\.form /],
    ['{ form: port }', '{ pattern: ".*" }', /pattern is an unknown key/],
    ['min: 1, max: 5256000', 'min: 9, max: 8', 'minutes.max is less than min'],
    ['unit: minutes, ', '', 'minutes.form needs a unit'],
    ['[HS256, HS384, HS512]', '[HS256, HS384], unit: days', 'unit does not go with the form text'],
  ])('refuses the form %s as %s', (from, to, message) => {
    expect(faults(from, to)).toEqual([
      typeof message === 'string'
        ? expect.stringContaining(message)
        : expect.stringMatching(message),
    ]);
  });

  it.each([
    [
      'a misspelt key',
      'needs: [platform]',
      'neds: [platform]',
      'services.msgrouter_ws.neds is an unknown key; the closest match is "needs"',
    ],
    ['a port that is none', 'port: 5432', 'port: x', 'services.postgres.port must be a number'],
    [
      'a folder that leads out',
      'folder: frontend',
      'folder: ../x',
      'bundles.web-app.folder is not a plain file name',
    ],
    [
      'a config that leads out',
      'config: bucket.toml',
      'config: ../x',
      'services.bucket.config is not a plain file name',
    ],
    [
      'a version that is none',
      'docker: 24.0.0',
      'docker: new',
      'requires.docker is not a version such as 24.0.0',
    ],
    [
      'an address that is none',
      'publish_address: 0.0.0.0',
      'publish_address: 300.0.0.0',
      'services.postgres.hybrid.publish_address is not an IPv4 address',
    ],
    [
      'a rename that is none',
      'renames: []',
      'renames: [{ file: x.toml, from: api..key, to: api.key }]',
      'renames.0.from is not a dotted key such as api."my key".x',
    ],
    [
      'a service that is not there',
      'needs: [platform]',
      'needs: [x]',
      'services.msgrouter_ws.needs refers to x, which is not a service',
    ],
    [
      'a port that is taken',
      'publish: 8081',
      'publish: 8080',
      'services.chatbot.publish port 8080 is already used by platform',
    ],
    [
      'a role that is taken',
      'role: bucket',
      'role: database\n    environment: { POSTGRES_USER: x, POSTGRES_DB: y }',
      'services.bucket.role the role database is already used by postgres',
    ],
    [
      'a condition on nothing',
      'when: { YOUR_OPENAI_PROVIDER: openai }',
      'when: { YOUR_X: openai }',
      'values.YOUR_OPENAI_API_KEY.when YOUR_X is not a placeholder',
    ],
    [
      'a rotation of what someone gives',
      'begins_with: SG.',
      'rotation: { means: x }',
      'values.YOUR_SENDGRID_API_KEY.rotation is allowed for random values only: proto-scaffold generates no other value on its own',
    ],
  ])('refuses %s, with its line and key', (_what, from, to, fault) => {
    expect(faults(from, to)).toEqual([`${lineOf(from)} ${fault}`]);
  });

  it('refuses a database that does not say how it is reached', () => {
    expect(faults('      POSTGRES_DB: platform\n', '')).toEqual([
      `${lineOf('POSTGRES_USER: ') - 1} services.postgres.environment a database must have POSTGRES_DB`,
    ]);
  });

  it('refuses a key twice, with its line', () => {
    expect(faults('format_version: 1', 'format_version: 1\nformat_version: 1')).toEqual([
      '4  Map keys must be unique',
    ]);
  });

  it('refuses what is not a YAML, an empty text, and aliases without end', () => {
    for (const text of [
      'a: [',
      '',
      '- 1',
      `a: &a [1]\nb: [${Array(50).fill('*a').join()}]\nc: *a`,
    ]) {
      expect(() => parseRelease(text), text).toThrow(UserError);
    }
  });
});
