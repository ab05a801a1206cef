import { describe, expect, it } from 'vitest';
import { type TemplateSet, templatesFor } from '../../src/release/release.ts';
import { parseToml } from '../../src/toml/parse-toml.ts';
import { edited, type Installed, installed, release, updated } from '../support/releases.ts';

/** Releases whose templates a test writes itself, one after the other. */

const file = 'backend/config/platform.toml';
const values = { YOUR_URL: 'chat.example-bank.com', YOUR_SENDGRID_API_KEY: 'SG.mine' };

/** 2026.11.0 with another platform.toml. */
function templates(text: string, renames: [string, string][] = []): TemplateSet {
  const set = templatesFor(release('2026.11.0'), 'on-premise');
  return {
    release: { ...set.release, renames: renames.map(([from, to]) => ({ file, from, to })) },
    files: new Map([...set.files, [file, text]]),
  };
}

/** An installation whose platform.toml is `template` as `init` renders it. */
function installedWith(template: string): Installed {
  const own = templates(template);
  const before = installed('2026.11.0', values);
  const base = new Map([...before.base].filter(([path]) => path !== file));
  // Without the file in the base, all of it is new: the present values fill it.
  const { after } = updated({ ...before, base, current: base }, '2026.11.0', { templates: own });
  const text = after.base.get(file) ?? '';
  const fill = text.replaceAll('{YOUR_SENDGRID_API_KEY}', 'SG.mine');
  return {
    ...after,
    base: new Map([...after.base, [file, fill]]),
    current: new Map([...after.current, [file, fill]]),
  };
}

function updatedFile(before: Installed, text: string, renames: [string, string][]): string {
  const plan = updated(before, '2026.11.0', { templates: templates(text, renames) });
  expect(plan.conflicts).toEqual([]);
  return plan.after.current.get(file) ?? '';
}

const api = `# The service.

# About the table.
[api]
# The address.
url = "https://{YOUR_URL}/api"
key = "{YOUR_SENDGRID_API_KEY}"
secret = "{YOUR_RANDOM_SECRET_KEY_1}"
workers = 4

[api.limits]
# Requests a minute.
rate = 10
`;

describe('a renamed table carries everything', () => {
  const server = api.replaceAll('[api', '[server');
  const mine = (text: string) =>
    text
      .replace('workers = 4', 'workers = 9 # mine')
      .replace('rate = 10', '# Because of the audit.\nrate = 20')
      .replace('SG.mine', 'SG.changed');

  it('from base to present values, secrets, comments and keys of the operator', () => {
    const before = edited(installedWith(api), file, (text) => `${mine(text)}own = true\n`);
    const after = updatedFile(before, server, [['api', 'server']]);
    expect(after).toBe(before.current.get(file)?.replaceAll('[api', '[server'));
    expect(after).not.toContain('{YOUR_');
  });

  it.each<[string, [string, string][]]>([
    [
      'after a key in it',
      [
        ['server.workers', 'server.threads'],
        ['api', 'server'],
      ],
    ],
    [
      'before a key in it',
      [
        ['api', 'server'],
        ['server.workers', 'server.threads'],
      ],
    ],
    [
      'with the old name of a key in it',
      [
        ['api.workers', 'server.threads'],
        ['api', 'server'],
      ],
    ],
    [
      'over two releases',
      [
        ['api', 'http'],
        ['http', 'server'],
        ['server.workers', 'server.threads'],
      ],
    ],
  ])('listed %s', (_, renames) => {
    const before = edited(installedWith(api), file, mine);
    const next = server.replace('workers', 'threads');
    const after = updatedFile(before, next, renames);
    expect(after).toBe(
      before.current.get(file)?.replaceAll('[api', '[server').replace('workers', 'threads'),
    );
  });

  it('together with a new key, and a new table under the old name', () => {
    const before = edited(installedWith(api), file, mine);
    const next = `${server}burst = 5\n\n[api]\nversion = "2"\nurl = "wss://{YOUR_URL}/ws"\n`;
    const after = updatedFile(before, next, [['api', 'server']]);
    const parsed = parseToml(after);
    expect(after).toContain('workers = 9 # mine');
    expect(after).toContain('# Because of the audit.\nrate = 20\n');
    expect(after).toContain('burst = 5');
    expect(after).toContain('[api]\nversion = "2"\nurl = "wss://chat.example-bank.com/ws"\n');
    expect(after).not.toContain('{YOUR_');
    expect(parsed.ok).toBe(true);
  });

  it('into a table, out of a table, and into itself', () => {
    const before = edited(installedWith(api), file, mine);
    const text = before.current.get(file) ?? '';
    for (const [from, to] of [
      ['api', 'services.api'],
      ['api.limits', 'limits'],
      ['api', 'api.http'],
    ] as const) {
      const next = api.replaceAll(`[${from}`, `[${to}`);
      expect(updatedFile(before, next, [[from, to]])).toBe(text.replaceAll(`[${from}`, `[${to}`));
    }
  });

  it('into a table that exists already, key by key', () => {
    const both = `[server]\nport = 1\n\n${api}`;
    const before = edited(installedWith(both), file, mine);
    const next = `[server]\nport = 1
# The address.
url = "https://{YOUR_URL}/api"
key = "{YOUR_SENDGRID_API_KEY}"
secret = "{YOUR_RANDOM_SECRET_KEY_1}"
workers = 4

[server.limits]
# Requests a minute.
rate = 10
`;
    const after = updatedFile(before, next, [['api', 'server']]);
    const parsed = parseToml(after);
    const entries = parsed.ok ? parsed.document.entries : [];
    const found = new Map(entries.map(({ path, value }) => [path.join('.'), value]));
    expect(Object.fromEntries(found)).toMatchObject({
      'server.workers': 9n,
      'server.key': 'SG.changed',
      'server.limits.rate': 20n,
      'server.url': 'https://chat.example-bank.com/api',
    });
    expect(after).toContain('# Because of the audit.');
    expect(after).not.toContain('{YOUR_');
  });

  it('makes no new secret, in a table of an array either', () => {
    const list = '[[api]]\nname = "a"\nsecret = "{YOUR_RANDOM_SECRET_KEY_1}"\nn = 1\n';
    const before = edited(installedWith(list), file, (text) => text.replace('n = 1', 'n = 2'));
    const after = updatedFile(before, list.replace('api', 'server'), [['api', 'server']]);
    expect(after).toBe(before.current.get(file)?.replace('[[api]]', '[[server]]'));
  });

  it('with a name that needs quotes', () => {
    const before = edited(installedWith('["a.b"]\nc = 1\nd = "{YOUR_URL}"\n'), file, (text) =>
      text.replace('c = 1', 'c = 7'),
    );
    const after = updatedFile(before, '[x."y.z"]\nc = 1\nd = "{YOUR_URL}"\n', [
      ['"a.b"', 'x."y.z"'],
    ]);
    expect(after).toBe('[x."y.z"]\nc = 7\nd = "chat.example-bank.com"\n');
  });

  it('a rename and, later, the same back', () => {
    const renames: [string, string][] = [
      ['api', 'server'],
      ['server', 'api'],
    ];
    const before = edited(installedWith(server), file, mine);
    const after = updatedFile(before, api, renames);
    expect(after).toBe(before.current.get(file)?.replaceAll('[server', '[api'));
    expect(
      updatedFile(edited(installedWith(api), file, mine), `${api}new = 1\n`, renames),
    ).toContain('workers = 9 # mine');
  });
});

describe('values in arrays, inline tables and arrays of tables stay', () => {
  const cases: [string, string][] = [
    ['by name', '[[up]]\nname = "a"\nurl = "https://{YOUR_URL}/a"\n'],
    ['by id', '[[up]]\nid = 7\nurl = "https://{YOUR_URL}/a"\nkey = "{YOUR_SENDGRID_API_KEY}"\n'],
    [
      'by content',
      '[[up]]\nkind = "x"\nurl = "https://{YOUR_URL}/a"\n\n[[up]]\nkind = "y"\nkey = "{YOUR_RANDOM_SECRET_KEY_1}"\n',
    ],
    ['named by a placeholder', '[[up]]\nname = "{YOUR_URL}"\nkey = "{YOUR_SENDGRID_API_KEY}"\n'],
    ['in a table of an element', '[[up]]\nname = "a"\n[up.tls]\nhost = "{YOUR_URL}"\n'],
    [
      'in an element of an element',
      '[[up]]\nname = "a"\n[[up.sub]]\nname = "b"\nhost = "{YOUR_URL}"\n',
    ],
    [
      'in an inline table',
      'up = { host = "{YOUR_URL}", n = { key = "{YOUR_SENDGRID_API_KEY}" } }\n',
    ],
    ['in an array', 'up = ["x", "{YOUR_URL}", "y"]\nkeys = ["{YOUR_SENDGRID_API_KEY}"]\n'],
    [
      'in inline tables of an array',
      'up = [{ n = 1, host = "{YOUR_URL}" }, { n = 2, key = "{YOUR_SENDGRID_API_KEY}" }]\n',
    ],
    ['two in one text', 'up = "https://{YOUR_URL}/?key={YOUR_SENDGRID_API_KEY}"\n'],
    ['twice in one text', 'up = "https://{YOUR_URL}/?host={YOUR_URL}"\n'],
  ];

  it.each(cases)('%s', (_, template) => {
    const before = installedWith(`${template}\n[other]\nn = 1\n`);
    expect(before.current.get(file)).not.toContain('{YOUR_');
    const after = updatedFile(before, `${template}\n[other]\nn = 2\n`, []);
    expect(after).toBe(
      before.current
        .get(file)
        ?.replace('n = 1\n', 'n = 2\n')
        .replace('[other]\nn = 1', '[other]\nn = 2'),
    );
  });

  it('if elements come, go and move', () => {
    const one = (name: string, n: number) =>
      `[[up]]\nname = "${name}"\nurl = "https://{YOUR_URL}/${name}"\nn = ${n}\n\n`;
    const before = edited(installedWith(one('a', 1) + one('b', 1)), file, (text) =>
      text.replace('https://chat.example-bank.com/b', 'https://other.example/b'),
    );
    const after = updatedFile(before, one('c', 1) + one('b', 2) + one('a', 2), []);
    expect(after).not.toContain('{YOUR_');
    expect(after).toContain('name = "b"\nurl = "https://other.example/b"\nn = 2');
    expect(after).toContain('name = "c"\nurl = "https://chat.example-bank.com/c"');
  });

  it('and a value that a release filled in later is not taken back', () => {
    const first = 'a = "{YOUR_SENDGRID_API_KEY}"\n';
    const second = `${first}b = "{YOUR_SENDGRID_API_KEY}"\n`;
    const moved = edited(installedWith(first), file, (text) => text.replace('SG.mine', 'SG.new'));
    const filled = updated(moved, '2026.11.0', { templates: templates(second) }).after;
    expect(filled.current.get(file)).toBe('a = "SG.new"\nb = "SG.new"\n');
    expect(updatedFile(filled, `${second}c = 1\n`, [])).toBe('a = "SG.new"\nb = "SG.new"\nc = 1\n');
  });
});
