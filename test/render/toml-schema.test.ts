import { readFileSync } from 'node:fs';
import TOML from '@iarna/toml';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import exampleCredentials from '../../proto_credentials.example.json' with { type: 'json' };
import { mergeToml } from '../../src/merge/merge-toml.ts';
import { mergeTomlFile } from '../../src/merge/schema-directive.ts';
import { schemaPath, tomlSchema } from '../../src/render/toml-schema.ts';
import { edited, installed, updated } from '../support/releases.ts';

const release = { values: {} };
const schemaOf = (template: string) => JSON.parse(tomlSchema('x.toml', template, release) ?? '');
const shipped = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../schemas/${name}.json`, import.meta.url), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });

/** What is wrong with a TOML text, as an editor would tell: the path of each fault. */
function faults(schema: object, text: string): string[] {
  const validate = ajv.compile(schema);
  validate(JSON.parse(JSON.stringify(TOML.parse(text))));
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

describe('the schema of a template', () => {
  it('has type, comment, default and example of each key', () => {
    const schema = schemaOf(
      '# About the file.\n\n# The table.\n[a]\n# First.\n# Optional. Example: 2\nb = 1\nc = [1.5]\nd = true\ne = 2026-01-01\n',
    );
    expect(schema.properties.a).toEqual({
      type: 'object',
      description: 'The table.',
      properties: {
        b: {
          type: 'integer',
          description: 'First.\nOptional. Example: 2',
          default: 1,
          examples: [2],
        },
        c: { type: 'array', items: { type: 'number' }, default: [1.5] },
        d: { type: 'boolean', default: true },
        e: { default: '2026-01-01' },
      },
    });
  });

  it('takes the elements of an array of tables together', () => {
    const schema = schemaOf('[[a]]\nname = "x"\n[[a]]\nname = "y"\nsize = 1\n');
    expect(schema.properties.a.items.properties).toMatchObject({
      name: { type: 'string' },
      size: { type: 'integer' },
    });
  });

  it('is wanted by the first line of the template alone, and never above its folder', () => {
    expect(schemaPath('a/b.toml', '#:schema .schema/b.json\n')).toBe('a/.schema/b.json');
    expect(schemaPath('b.toml', '#:schema .schema/b.json\n')).toBe('.schema/b.json');
    expect(schemaPath('b.toml', '# x\n#:schema .schema/b.json\n')).toBeUndefined();
    expect(schemaPath('a/b.toml', '#:schema ../b.json\n')).toBeUndefined();
    expect(schemaPath('a/b.toml', '#:schema https://example.com/b.json\n')).toBeUndefined();
  });
});

describe('the schema of a key with a form', () => {
  it('has what an editor can tell of it, also for the elements of an array', () => {
    const parameters = {
      'a.port': { form: 'port' },
      'a.life': { form: 'duration', unit: 'hours', min: 1 },
      'a.how': { form: 'text', choices: ['x', 'y'] },
      'a.urls': { form: 'url' },
      'b.host': { form: 'server' },
    } as const;
    const template =
      '[a]\nport = 1\nlife = 2\nhow = "x"\nurls = ["http://x"]\n[[b]]\nhost = "x"\n[[b]]\nhost = "y"\n';
    const schema = JSON.parse(
      tomlSchema('x.toml', template, { values: {}, parameters } as any) ?? '',
    );
    expect(faults(schema, template)).toEqual([]);
    const wrong = template
      .replace('port = 1', 'port = 0')
      .replace('life = 2', 'life = 0')
      .replace('how = "x"', 'how = "z"')
      .replace('"http://x"', '"x"')
      .replace('host = "y"', 'host = "y; rm"');
    expect(faults(schema, wrong)).toEqual([
      '/a/port minimum',
      '/a/life minimum',
      '/a/how enum',
      '/a/urls/0 pattern',
      '/b/1/host pattern',
    ]);
  });
});

describe('the schemas in an installation', () => {
  const { current } = installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com' });
  const tomls = [...current.keys()].filter((path) => path.endsWith('.toml'));
  const text = (path: string) => current.get(path) ?? '';
  const schema = (path: string) => JSON.parse(text(schemaPath(path, text(path)) ?? ''));

  it.each(tomls)('are where the first line of %s points to, and take what init wrote', (path) => {
    expect(faults(schema(path), text(path))).toEqual([]);
    expect(schema(path)).toEqual(shipped(path.replace(/^.*\/|\.toml$/g, '')));
  });

  it('refuse wrong types and choices, and allow keys of the operator', () => {
    const path = 'backend/config/platform.toml';
    const edited = text(path)
      .replace('access_token_expire_minutes = 3600', 'access_token_expire_minutes = "1 h"')
      .replace(/allow_origins = .*/, 'allow_origins = "https://x.example"')
      .replace(/provider = .*/, 'provider = "azrue"')
      .replace('[cors]', 'own = 1\n\n[cors]');
    expect(faults(schema(path), edited).sort()).toEqual([
      '/api/access_token_expire_minutes type',
      '/cors/allow_origins type',
      '/openai/provider enum',
    ]);
  });

  it('come to an installation that was made without them, and their line into its files', () => {
    const path = 'backend/config/platform.toml';
    const before = edited(
      installed('2026.10.0'),
      path,
      (text) => `# my own remark\n${text.replace('[cors]', '[cors]\n# mine')}`,
    );
    const { plan, after: now } = updated(before, '2026.11.0');
    const after = now.current.get(path);
    expect(after).toContain('#:schema .platform.schema.json\n\n');
    expect(after).toContain('# my own remark\n');
    expect(after).toContain('[cors]\n# mine\n');
    expect(plan.files.map((file) => file.path)).toContain('backend/config/.platform.schema.json');
  });

  it.each([
    ['a file of the vendor', (text: string) => text, '#:schema .schema/a.json\n\n# About.\n\n[a]'],
    [
      'words above',
      (text: string) => `# own\n\n${text}`,
      '#:schema .schema/a.json\n\n# own\n\n# About.',
    ],
    [
      'other words',
      (text: string) => text.replace('About', 'Mine'),
      '#:schema .schema/a.json\n\n# Mine.\n\n[a]',
    ],
    [
      'no words',
      (text: string) => text.slice(text.indexOf('[')),
      '#:schema .schema/a.json\n\n[a]\n',
    ],
    [
      'line ends of Windows',
      (text: string) => text.replaceAll('\n', '\r\n'),
      '#:schema .schema/a.json\r\n\r\n# About.\r\n',
    ],
    [
      'a byte order mark',
      (text: string) => `\ufeff${text}`,
      '\ufeff#:schema .schema/a.json\n\n# About.',
    ],
    [
      'a schema of his own',
      (text: string) => `#:schema own.json\n\n${text}`,
      '#:schema own.json\n\n# About.',
    ],
  ])('have their line come once to the head of %s', (_, edit, head) => {
    const base = '# About.\n\n[a]\n# The key.\nb = 1\n';
    const incoming = `#:schema .schema/a.json\n\n${base}`;
    const merged = mergeTomlFile(base, edit(base), incoming, { onConflict: 'ours', renames: [] });
    expect(merged).toMatchObject({ kind: 'merged', text: expect.stringMatching(/b = 1\r?\n$/) });
    expect('text' in merged && merged.text.startsWith(head)).toBe(true);
    expect('text' in merged && merged.text.match(/#:schema|The key/g)).toHaveLength(2);
  });

  it('do not put the places that are reported out of line', () => {
    const base = '[a]\nb = 1\n';
    const incoming = `#:schema .schema/a.json\n\n${base}c = 3\n`;
    const merged = mergeTomlFile(base, '# own\n\n[a]\nb = 2\n', incoming, {
      onConflict: 'ours',
      renames: [],
    });
    const [kept, added] = merged.kind === 'merged' ? merged.changes : [];
    expect([kept?.line, added?.line].sort()).toEqual([6, 7]);
  });

  it('keep their line where it stood in a merge of what else changed', () => {
    const base = '#:schema .schema/a.json\n\n# About.\n\n[a]\nb = 1\n';
    const merged = mergeToml(base, base.replace('b = 1', 'b = 2'), `${base}c = 3\n`, {
      onConflict: 'ours',
      renames: [],
    });
    expect(merged).toMatchObject({ text: `${base.replace('b = 1', 'b = 2')}c = 3\n` });
  });

  it('have no value of the installation in them', () => {
    const values = { YOUR_URL: 'canary.example', YOUR_SENDGRID_API_KEY: 'SG.canary' };
    for (const [path, text] of installed('2026.11.0', values).current) {
      if (path.endsWith('.schema.json')) expect(text).not.toMatch(/canary|random-of/);
    }
  });
});

describe('schemas/', () => {
  it('has the credentials as the vendor issues them', () => {
    const validate = ajv.compile(shipped('proto_credentials'));
    expect(validate(exampleCredentials)).toBe(true);
    expect(validate({ ...exampleCredentials, custommer: 'x' })).toBe(false);
    expect(validate({ ...exampleCredentials, format_version: '1' })).toBe(false);
  });

  it('has the values file', () => {
    const schema = shipped('values');
    expect(
      faults(schema, 'url = "chat.example-bank.com"\nYOUR_OPENAI_PROVIDER = "azure"\n'),
    ).toEqual([]);
    expect(faults(schema, 'openai_provider = "azrue"\nurll = "x"\nupdate_backup = true\n')).toEqual(
      [
        ' additionalProperties',
        '/openai_provider enum',
        '/update_backup type',
        '/update_backup enum',
      ],
    );
  });
});
