import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutHostNotices } from '../support/host-notices.ts';
import { Desk, type Outcome } from '../support/program.ts';
import { treeOf } from '../support/tree.ts';

let desk: Desk;

beforeEach(() => {
  // No one listens there: an input that is let through shows as NETWORK_UNREACHABLE.
  desk = new Desk(undefined, { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1' });
});
afterEach(() => desk.remove());

/** Runs an init that must fail for its input: exit code 2, nothing written, no stack trace. */
async function refused(...args: string[]): Promise<Outcome> {
  const before = treeOf(desk.folder, { times: true });
  const outcome = await desk.run('init', ...args);
  expect(outcome.code, outcome.stderr).toBe(2);
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).not.toMatch(/^ +at |bug/m);
  expect(treeOf(desk.folder, { times: true })).toEqual(before);
  return outcome;
}

describe('faults', () => {
  it('of credentials, values and flags are reported at once, each with its place', async () => {
    desk.credentials({ hosting: 'cloud', aws: { regoin: 'ap-southeast-1' } });
    desk.write('values.toml', 'openai_provider = "gpt"\nsendgrid_api_kee = "x"\n');
    const { stderr } = await refused('--values', 'values.toml', '--url', 'http://x/y');
    expect(stderr).toBe(
      [
        'error: The credentials file proto_credentials.json is invalid. Some values are invalid. [CREDENTIALS_INVALID]',
        '  proto_credentials.json:4:3 hosting: must be "on-premise" or "hybrid"',
        '  proto_credentials.json:10:5 aws.regoin: is an unknown key; the closest match is "region"',
        '  values.toml:1:1 openai_provider: must be "openai" or "azure"',
        '  values.toml:2:1 sendgrid_api_kee: is an unknown value; the closest match is "sendgrid_api_key"',
        '  --url: must be a host name such as chat.example-bank.com, without http:// or a path',
        'what to do: Correct the reported lines, or ask the vendor for a new proto_credentials.json. Correct the listed values. You can set: url, tls_certificate, tls_certificate_key, allowed_cidrs, sendgrid_api_key, desired_email_from, sendgrid_inbound_url_key_param, openai_provider, openai_api_key, azure_openai_endpoint, azure_openai_deployment, azure_openai_api_key, update_backup.',
        '',
      ].join('\n'),
    );
  });

  it('of a missing credentials file come with those of the values', async () => {
    desk.write('values.json', '{"urll": "x"}');
    const { stderr } = await refused('--values', 'values.json');
    expect(stderr).toContain(`Credentials file not found: ${desk.path('proto_credentials.json')}.`);
    expect(stderr).toContain('  values.json:1:2 urll: is an unknown value');
    expect(stderr).toContain('[CREDENTIALS_NOT_FOUND]');
  });

  it('of a values file that is not there name its path', async () => {
    desk.credentials();
    const { stderr } = await refused('--values', 'nowhere/values.toml');
    expect(stderr).toContain(`Values file not found: ${desk.path('nowhere/values.toml')}.`);
    expect(stderr).toContain('[VALUES_NOT_FOUND]');
  });

  it.each(['', ' ', 'a b', '../x', 'x/y', '-rc', 'x'.repeat(129), 'stable@sha256:1'])(
    'of --release %j are reported',
    async (tag) => {
      desk.credentials();
      const { stderr } = await refused(`--release=${tag}`);
      expect(stderr).toMatch(/^error: ".*" is not a valid tag: use at most/);
      expect(stderr).toContain('[USAGE]');
    },
  );

  it('of a template set that is not there are reported', async () => {
    desk.credentials();
    const { stderr } = await refused('--templates', 'nowhere');
    const folder = desk.path('nowhere');
    expect(stderr).toContain(`No template set found in ${folder}. [TEMPLATES_INVALID]`);
  });
});

const large = (path: string) => {
  desk.write(path, '');
  truncateSync(desk.path(path), 50 * 1024 * 1024);
};

/** What can lie where a file is asked for; the code is for credentials. */
const oddities: [string, (path: string) => void, RegExp, string][] = [
  ['an empty file', (p) => desk.write(p, ''), /expected a value/, 'CREDENTIALS_INVALID'],
  ['a folder', (p) => mkdirSync(desk.path(p)), /is a folder, not a file/, 'FILE_UNREADABLE'],
  [
    'a binary',
    (p) => desk.write(p, Buffer.from([0x7f, 0x45, 0xff])),
    /not UTF-8/,
    'FILE_UNREADABLE',
  ],
  [
    'UTF-16',
    (p) => desk.write(p, Buffer.from('\ufeff{}', 'utf16le')),
    /not UTF-8/,
    'FILE_UNREADABLE',
  ],
  ['zeros', (p) => desk.write(p, Buffer.alloc(100)), /is not/, 'CREDENTIALS_INVALID'],
  ['50 MB', large, /is larger than 8 MiB/, 'FILE_UNREADABLE'],
  [
    'what never ends',
    (p) => symlinkSync('/dev/zero', desk.path(p)),
    /is a pipe or a device, not a file/,
    'FILE_UNREADABLE',
  ],
  [
    'a list in a list 100,000 times',
    (p) => desk.write(p, '['.repeat(100_000)),
    /nested too deep|not valid TOML/,
    'CREDENTIALS_INVALID',
  ],
  ['one line of 4 MB', (p) => desk.write(p, 'x'.repeat(4e6)), /is not/, 'CREDENTIALS_INVALID'],
  [
    'a link in a circle',
    (p) => symlinkSync(p, desk.path(p)),
    /too many symbolic links/,
    'FILE_SYSTEM_ERROR',
  ],
  [
    'a web page',
    (p) => desk.write(p, '<!doctype html>\n<p>Sign in'),
    /is not/,
    'CREDENTIALS_INVALID',
  ],
];

describe.each(oddities)('%s', (_what, set, message, code) => {
  it('as the credentials file is refused in words', async () => {
    set('proto_credentials.json');
    const outcome = await desk.run('init');
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toContain(`[${code}]`);
    expect(outcome.stderr).not.toMatch(/^ +at |bug/m);
    expect(outcome.code).toBe(code === 'FILE_SYSTEM_ERROR' ? 3 : 2);
  });

  it.each(['values.toml', 'values.json'])('as %s is refused in words', async (name) => {
    desk.credentials();
    set(name);
    const { stderr, code: exitCode } = await desk.run('init', '--values', name);
    expect(stderr).not.toMatch(/^ +at |bug/m);
    // TOML may be empty: nothing is given then.
    const isEmpty = name === 'values.toml' && _what === 'an empty file';
    expect(stderr).toMatch(isEmpty ? /NETWORK_UNREACHABLE/ : message);
    expect(exitCode).toBe(isEmpty ? 4 : code === 'FILE_SYSTEM_ERROR' ? 3 : 2);
  });
});

describe('the credentials file', () => {
  it.each([
    ['with CRLF and a byte order mark', (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`],
    ['on one line', (text: string) => JSON.stringify(JSON.parse(text))],
  ])('%s is read', async (_what, change) => {
    const path = desk.credentials();
    desk.write('proto_credentials.json', change(spawnSync('cat', [path]).stdout.toString()));
    expect((await desk.run('init', '--dry-run')).code).toBe(0);
  });

  it.each([
    [0o600, undefined],
    [0o400, undefined],
    [0o640, '640'],
    [0o604, '604'],
    [0o644, '644'],
    [0o666, '666'],
  ])('of mode %o is warned of where others may read or write it', async (mode, told) => {
    const folder = desk.path('my keys');
    mkdirSync(folder);
    desk.credentials();
    desk.write(
      'my keys/c.json',
      spawnSync('cat', [desk.path('proto_credentials.json')]).stdout,
      mode,
    );
    const args = ['init', '--dry-run', '--credentials', 'my keys/c.json'];
    const { document, code, stderr } = await desk.json(...args);
    const notice = `Other users can read my keys/c.json (mode ${told}). To fix this, run: chmod 600 'my keys/c.json'`;
    expect(code).toBe(0);
    expect(withoutHostNotices(document.notices)).toEqual(told === undefined ? [] : [notice]);
    if (told !== undefined) expect(stderr).toContain(`note: ${notice}\n`);
  });

  it('behind a link has the mode of what it leads to', async () => {
    desk.credentials();
    symlinkSync('proto_credentials.json', desk.path('link.json'));
    const { document } = await desk.json('init', '--dry-run', '--credentials', 'link.json');
    expect(withoutHostNotices(document.notices)).toEqual([]);
  });

  it('can come through a pipe', async () => {
    desk.credentials();
    desk.through = ['bash', '-c', '"$@" --credentials <(cat proto_credentials.json)', 'bash'];
    const { code, stderr } = await desk.run('init', '--dry-run');
    expect(code, stderr).toBe(0);
  });
});

describe('a values file', () => {
  beforeEach(() => desk.credentials());
  const init = ['init', '--dry-run', '--values', 'values.toml'];

  it('that others can read is reported of where a secret is in it', async () => {
    desk.write('values.toml', 'url = "a.example"', 0o644);
    expect(withoutHostNotices((await desk.json(...init)).document.notices)).toEqual([]);
    desk.write('values.toml', 'openai_api_key = "sk-1"', 0o644);
    expect(withoutHostNotices((await desk.json(...init)).document.notices)).toEqual([
      'Other users can read values.toml (mode 644). To fix this, run: chmod 600 values.toml',
    ]);
  });

  it('with white space around a value is reported of by its key', async () => {
    desk.write('values.toml', 'url = " a.example "\nopenai_api_key = "sk-canary\\n"');
    expect(withoutHostNotices((await desk.json(...init)).document.notices)).toEqual([
      'values.toml: openai_api_key starts or ends with white space, which is part of the value.',
    ]);
  });
});
