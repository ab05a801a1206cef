import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { checkTemplates, templateFaults } from '../../src/release/check-templates.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import { readTemplateSet, templatesFolder } from '../support/template-set.ts';

const own = readTemplateSet();
const shipped = readFileSync(join(templatesFolder, 'release.yml'), 'utf8');
const withFiles = (...more: [string, string][]) => ({
  ...own,
  files: new Map([...own.files, ...more]),
});
const faults = (...more: [string, string][]) =>
  templateFaults(withFiles(...more)).map(({ file, message }) => `${file} ${message}`);

/** The fault of the shipped description after a change. */
function refused(from: string, to: string): string[] {
  const text = shipped.replace(from, to);
  expect(text).not.toBe(shipped);
  try {
    checkTemplates({ ...own, release: parseRelease(text) });
  } catch (error) {
    if (error instanceof UserError)
      return error.faults.map(({ key, message }) => `${key} ${message}`);
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a template', () => {
  it('of the program is accepted', () => {
    expect(templateFaults(own)).toEqual([]);
  });

  it.each([
    '.proto/lock.json',
    'backend/docker-compose.override.yml',
    'backend/docker-compose.yml',
    'backend/config/../x.toml',
    '/etc/passwd',
    'backend//config/x.toml',
    'backend/config/a/b.toml',
    'backend/unknown/x',
    'nginx/proto.conf',
    'frontend/index.html',
    'backend/config/.hidden',
    'backend/config/a b',
    'backend/config/ä.toml',
    'backend/config/a\n.toml',
    `backend/config/${'a'.repeat(101)}`,
    'backend/config/platform.toml.new',
    'backend/config/platform.schema.json',
    'backend/postgres/pg_hba.conf',
  ])('is refused as %j', (path) => {
    expect(faults([path, ''])).toEqual([expect.stringContaining(`${path} `)]);
  });

  it('may be of a service', () => {
    expect(faults(['backend/chatbot/prompts.txt', 'x'])).toEqual([]);
  });

  it('is not the same as another on a disk that ignores case', () => {
    expect(faults(['backend/config/Platform.toml', ''])).toEqual([
      'backend/config/Platform.toml differs from backend/config/platform.toml in upper and lower case only',
    ]);
  });

  it('has no name that the installation uses, in any case', () => {
    expect(faults(['Proto.toml', ''])).toHaveLength(2);
  });

  it('is bounded, and so is their number', () => {
    const big = 'x'.repeat(1024 * 1024 + 1);
    expect(faults(['backend/config/big.txt', big])).toEqual([
      'backend/config/big.txt has more than 1048576 bytes',
    ]);
    const many = Array.from({ length: 200 }, (_, n): [string, string] => [
      `backend/config/${n}.txt`,
      '',
    ]);
    expect(faults(...many)).toEqual(['. has more than 200 templates']);
  });
});

describe('a description from a registry', () => {
  it.each([
    [
      'a path for a repository',
      'repository: bucket',
      'repository: a/../../other//x',
      'is not the name of a repository',
    ],
    ['an option behind a mount path', '/data }', '"/data:ro,z" }', 'is not a plain absolute path'],
    ['a mount path that leads up', '/data }', '/data/../etc }', 'is not a plain absolute path'],
    [
      'a variable without a name',
      'POSTGRES_DB: platform',
      '"A=B": x\n      POSTGRES_DB: platform',
      'is not the name of an environment variable',
    ],
    [
      'a variable with a line',
      'POSTGRES_DB: platform',
      '"A\\nB": x\n      POSTGRES_DB: platform',
      'is not the name of an environment variable',
    ],
    [
      'a control character',
      'POSTGRES_DB: platform',
      'POSTGRES_DB: "a\\e[2J"',
      'has a control character',
    ],
    [
      'a second line in a sentence',
      "about: the chatbot's API",
      'about: "a\\nb"',
      'has a line break or an invisible character',
    ],
    [
      'an endless sentence',
      "about: the chatbot's API",
      `about: ${'a'.repeat(501)}`,
      'is longer than 500 characters',
    ],
    [
      'a folder of the installation',
      'folder: webchat\n    route: /webchat',
      'folder: backend\n    route: /backend',
      'is a folder of the installation itself',
    ],
    ['a reserved name', '  msgrouter_ws:', '  kubernetes:', 'is a name that is reserved'],
    [
      'a route that leads up',
      'path: /msgrouter_ws/',
      'path: /../x/',
      'is not a path such as /api/',
    ],
    [
      'a config without a template',
      'config: bucket.toml',
      'config: nowhere.toml',
      'needs backend/config/nowhere.toml, which is not among the templates',
    ],
    [
      'a secret without a template',
      'secrets: [postgres_password]',
      'secrets: [other]',
      'needs backend/secrets/other, which is not among the templates',
    ],
    [
      'a file without a template',
      'backend/config/access.toml:',
      'backend/config/other.toml:',
      'needs backend/config/other.toml, which is not among the templates',
    ],
  ])('is refused with %s', (_what, from, to, message) => {
    expect(refused(from, to)).toContainEqual(expect.stringContaining(message));
  });
});
