import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chatbot, platform } from '../support/config-input.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { Desk, finished, type JsonOutput, type Outcome, program } from '../support/program.ts';
import { installed } from '../support/releases.ts';
import { readTree } from '../support/small-installation.ts';

/** The built program on an installation as init makes it. No PATH: config runs no other program. */

const canary = 'SG.canary-4711';
let desk: Desk;
let before: Record<string, string>;

beforeEach(() => {
  desk = new Desk(undefined, { PATH: '' });
  mkdirSync(desk.path('proto'));
  writeInstallation(
    desk.path('proto'),
    installed('2026.11.0', { YOUR_URL: 'chat.example-bank.com', YOUR_OPENAI_API_KEY: 'sk-1' }),
  );
  before = readTree(desk.path('proto'));
});

afterEach(() => desk.remove());

const config = (...args: string[]) => desk.run('config', ...args);
const tree = () => readTree(desk.path('proto'));

/** Runs `config` with something on stdin. */
function piped(input: string | Buffer, ...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [program, 'config', ...args], {
    cwd: desk.folder,
    env: desk.env,
  });
  // The program need not read all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return finished(child);
}

/** An edit by hand; it counts as what was there before. */
function edit(file: string, from: string | RegExp, to: string): void {
  const text = before[file] ?? '';
  if (text.replace(from, to) === text) throw new Error(`the edit of ${file} changes nothing`);
  writeFileSync(desk.path('proto', file), text.replace(from, to));
  before = tree();
}

/** What a config command may touch: the service's files, and its own history. */
const changedFiles = () => {
  const now = tree();
  return Object.keys({ ...before, ...now })
    .filter((path) => before[path] !== now[path] && !path.startsWith('.proto/history/'))
    .sort();
};

describe('config set', () => {
  it('takes a secret from stdin, puts it into the one value, and prints it nowhere', async () => {
    const { code, stdout, stderr } = await piped(`${canary}\n`, 'set', 'sendgrid.api_key');
    expect(stderr).toContain('~ backend/config/platform.toml:22  sendgrid.api_key\n');
    expect(code).toBe(0);
    expect(stdout).toContain('Set sendgrid.api_key in backend/config/platform.toml.');
    expect(stdout).toContain('  cd proto/backend\n  docker compose restart platform\n');
    expect(stdout + stderr).not.toContain(canary);
    expect(changedFiles()).toEqual([platform]);
    expect(tree()[platform]).toBe(
      before[platform]?.replace('"{YOUR_SENDGRID_API_KEY}"', `"${canary}"`),
    );
    expect(statSync(desk.path('proto', platform)).mode & 0o777).toBe(0o640);
    for (const [path, text] of Object.entries(tree())) {
      if (path !== platform) expect(text).not.toContain(canary);
    }
  });

  it('keeps the state before in history', async () => {
    await config('set', 'database.port', '5433');
    const meta = JSON.parse(tree()['.proto/history/1/meta.json'] ?? '{}');
    expect(meta).toMatchObject({ n: 1, kind: 'config', why: 'config set database.port' });
    const kept = tree()[`.proto/history/1/files/${platform}`];
    expect(kept).toBe(before[platform]);
  });

  it.each([
    ['a value', ['set', 'sendgrid.api_key', canary], 'CONFIG_SECRET_IN_ARGUMENTS'],
    ['a value that is short', ['set', 'api.secret_key', 'abc'], 'CONFIG_SECRET_IN_ARGUMENTS'],
    [
      'a new key',
      ['set', '--add', '--file', 'chatbot.toml', 'x.password', canary],
      'CONFIG_SECRET_IN_ARGUMENTS',
    ],
    [
      'a password in an address',
      ['set', 'bucket.endpoint', `http://me:${canary}@bucket:9000`],
      'CONFIG_SECRET_IN_ARGUMENTS',
    ],
    ['what was typed with =', ['set', `sendgrid.api_key=${canary}`], 'CONFIG_KEY_UNKNOWN'],
    ['the wrong way round', ['set', canary, 'sendgrid.api_key'], 'CONFIG_KEY_UNKNOWN'],
  ])(
    'refuses a secret on the command line (%s), and does not repeat it',
    async (_what, args, code) => {
      const plain = await config(...args);
      const { document, stderr } = await desk.json('config', ...args);
      expect(plain.code).toBe(2);
      expect(document.error.code).toBe(code);
      for (const text of [plain.stdout, plain.stderr, stderr, JSON.stringify(document)]) {
        expect(text).not.toContain(canary);
      }
      expect(changedFiles()).toEqual([]);
    },
  );

  it('takes a number on the command line, though its key speaks of a token', async () => {
    const { code, stderr } = await config('set', 'api.access_token_expire_minutes', '30');
    expect(code, stderr).toBe(0);
    expect(tree()[platform]).toContain('access_token_expire_minutes = 30\n');
    const wrong = await config('set', 'api.access_token_expire_minutes', 'abc');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('must be an integer')]);
  });

  it.each([
    ['quotes', `a"b'c\\`],
    ['lines', 'a\nb\r\n\tc\n'],
    ['dollars', '$HOME $' + '{X} $$'],
    ['TOML', '"]\n[database]\nport = 1 # '],
    ['a long text', 'x'.repeat(16_000)],
    ['characters', 'é𝒳\u0000\u001b[2J\u007f\u2028'],
  ])('gives back what was set, to the character: %s', async (_what, value) => {
    expect((await piped(`${value}\n`, 'set', 'openai.api_key')).code).toBe(0);
    const { stdout } = await config('get', 'openai.api_key', '--reveal');
    expect(stdout).toBe(`${value}\n`);
    expect(changedFiles()).toEqual([chatbot, platform]);
    for (const file of [chatbot, platform]) {
      const rest = (text = '') => text.split('\n').filter((line) => !line.startsWith('api_key'));
      expect(rest(tree()[file])).toEqual(rest(before[file]));
    }
  });

  it.each([
    ['blanks', ` ${canary}\t\n`],
    ['a line more', `${canary}\r\n\r\n`],
    ['invisible characters', `\ufeff${canary}\u00a0\n`],
  ])('trims one piped line as a prompt does: %s', async (_what, input) => {
    expect((await piped(input, 'set', 'sendgrid.api_key')).code).toBe(0);
    expect((await config('get', 'sendgrid.api_key', '--reveal')).stdout).toBe(`${canary}\n`);
    expect((await piped(' \n', 'set', 'sendgrid.api_key')).stderr).toContain('stdin is empty');
  });

  it('names what is odd about a key, and sets it nevertheless', async () => {
    const { code, stderr } = await piped('sk-canary', 'set', 'sendgrid.api_key');
    expect(code).toBe(0);
    expect(stderr).toContain('note: sendgrid.api_key does not start with SG.');
    expect(stderr).not.toContain('sk-canary');
    expect((await piped(canary, 'set', 'sendgrid.api_key')).stderr).not.toContain('start');
  });

  it.each([
    ['api.algorithm', 'none', 'must be "HS256", "HS384" or "HS512"'],
    ['api.access_token_expire_minutes', '0', 'must be a number of minutes from 1 to 5256000'],
    ['database.port', '99999', 'must be a port from 1 to 65535'],
    ['database.host', 'postgres; rm -rf /', 'must be a host name or an IP address'],
    ['bucket.endpoint', 'bucket', 'must be an address such as http://bucket:9000'],
  ])('refuses a value of %s that does not fit its form', async (key, value, message) => {
    for (const outcome of [
      await config('set', key, value),
      await piped(value, 'set', key),
      await piped(/^\d/.test(value) ? value : `"${value}"`, 'set', key, '--toml'),
    ]) {
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(outcome.stderr).toContain(message);
    }
    expect(changedFiles()).toEqual([]);
  });

  it('keeps the comments in an array, in each file its own, and unset does so, too', async () => {
    const list = `[
  # The site itself.
  'https://chat.example-bank.com', # main
  'https://www.example-bank.com', # embeds the webchat
]`;
    edit(platform, '["https://chat.example-bank.com"]', list);
    const value = '["https://chat.example-bank.com", "https://new.example-bank.com"]';
    expect((await config('set', 'cors.allow_origins', value)).code).toBe(0);
    expect(tree()[platform]).toContain(`[
  # The site itself.
  'https://chat.example-bank.com', # main
  "https://new.example-bank.com",
]`);
    expect((await config('unset', 'cors.allow_origins')).code).toBe(0);
    expect(tree()[platform]).toContain(`[
  # The site itself.
  'https://chat.example-bank.com', # main
]`);
    const one = 'allow_origins = ["https://chat.example-bank.com"]';
    expect(tree()['backend/config/msgrouter_ws.toml']).toContain(one);
  });

  it('tells what is mandatory now', async () => {
    const { stdout } = await config('set', 'openai.provider', 'azure');
    expect(stdout).toContain(
      [
        'NOW MANDATORY, BUT NOT SET:',
        '  proto-scaffold config set azure_openai.endpoint    # Endpoint of your Azure OpenAI resource.',
        '  proto-scaffold config set azure_openai.deployment  # Name of the model deployment in that resource.',
        '  proto-scaffold config set azure_openai.api_key     # API key of that resource.',
      ].join('\n'),
    );
    expect(stdout).toContain('docker compose restart platform chatbot');
  });

  it('tells where a value that is part of others still stands', async () => {
    const { stderr } = await config('set', 'app.base_url', 'https://new.example-bank.com');
    expect(stderr).toContain(
      'note: The previous value is still part of app.base_api_url, cors.allow_origins, api.frontend_url.',
    );
  });

  it('says what a secret generated breaks, and changes it when the database is not concerned', async () => {
    const { code, stderr } = await piped('a-new-one', 'set', 'api.secret_key');
    expect(stderr).toContain('A change logs out all users.');
    expect(code).toBe(0);
  });

  it("changes the database's password only when told that the database knows it", async () => {
    const refused = await piped(canary, 'set', 'database.password');
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('[CONFIG_SECOND_HOME]');
    expect(refused.stderr).toContain('ALTER USER');
    expect(changedFiles()).toEqual([]);
    const done = await piped(canary, 'set', 'database.password', '--yes');
    expect(done.code).toBe(0);
    expect(changedFiles()).toEqual([chatbot, platform, 'backend/secrets/postgres_password']);
    expect(tree()['backend/secrets/postgres_password']?.trim()).toBe(canary);
  });

  it('leaves a file alone that cannot be read, and all others with it', async () => {
    edit(chatbot, 'provider = ', 'provider ');
    const { code, stderr } = await config('set', 'openai.provider', 'azure');
    expect(code).toBe(5);
    expect(stderr).toMatch(/backend\/config\/chatbot\.toml:15:\d+: is not valid TOML/);
    expect(changedFiles()).toEqual([]);
    const one = await config('set', 'openai.provider', 'azure', '--file', 'platform.toml');
    expect(one.code).toBe(0);
    expect(changedFiles()).toEqual([platform]);
  });

  it('touches nothing where nothing changes, nor in a dry run', async () => {
    const same = await config('set', 'database.port', '5432');
    expect(same.stdout).toBe('Nothing to change: database.port already has that value.\n');
    const dry = await config('set', 'database.port', '5433', '--dry-run');
    expect(dry.stdout).toContain('~ backend/config/platform.toml:76  database.port');
    expect([same.code, dry.code]).toEqual([0, 0]);
    expect(tree()).toEqual(before);
  });

  it('wants a value', async () => {
    for (const args of [
      ['set', 'sendgrid.api_key'],
      ['set', 'sendgrid.from_domain', '--json'],
    ]) {
      const { code, stderr } = await config(...args);
      expect(code).toBe(2);
      expect(stderr).toContain('stdin is empty');
    }
    const binary = await piped(Buffer.from([0xff, 0xfe]), 'set', 'sendgrid.api_key');
    expect(binary.stderr).toContain('The piped input is not UTF-8 text.');
    const endless = await piped(Buffer.alloc(2_000_000, 'x'), 'set', 'sendgrid.api_key');
    expect(endless.stderr).toContain('too long for a value');
    expect(changedFiles()).toEqual([]);
  });

  it('ends at once when interrupted while it waits for a value', async () => {
    const child = spawn(process.execPath, [program, 'config', 'set', 'sendgrid.api_key'], {
      cwd: desk.folder,
      env: desk.env,
    });
    const outcome = finished(child);
    child.stdin.write(canary);
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
    expect(changedFiles()).toEqual([]);
  });

  it('adds a key that no release has, to the file named', async () => {
    const unknown = await config('set', 'log.level', 'debug');
    expect(unknown.stderr).toContain('[CONFIG_KEY_UNKNOWN]');
    const none = ['set', '--add', '--file', 'bucket.toml', 'api.algorithm', 'none'];
    expect(await config(...none)).toMatchObject({ code: 2 });
    const args = ['set', '--add', '--file', 'chatbot.toml', '--toml', 'log.workers', '4'];
    expect((await config(...args)).code).toBe(0);
    expect(tree()[chatbot]).toBe(`${before[chatbot]}\n[log]\nworkers = 4\n`);
    expect((await config('unset', 'log.workers')).stdout).toContain('Removed log.workers from');
  });
});

describe('config get', () => {
  it('prints the value alone', async () => {
    expect(await config('get', 'openai.provider')).toMatchObject({
      code: 0,
      stdout: 'openai\n',
      stderr: '',
    });
    expect((await config('get', 'database.port')).stdout).toBe('5432\n');
    expect((await config('get', 'cors.allow_origins')).stdout).toBe(
      '["https://chat.example-bank.com"]\n',
    );
  });

  it('keeps a secret unless told otherwise', async () => {
    const { code, stdout, stderr } = await config('get', 'openai.api_key');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--reveal');
    expect(stderr).not.toContain('sk-1');
    expect((await config('get', 'openai.api_key', '--reveal')).stdout).toBe('sk-1\n');
  });

  it('refuses to choose where files differ, unless told which', async () => {
    edit(chatbot, 'port = 5432', 'port = 5433');
    const { code, stdout, stderr } = await config('get', 'database.port');
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toContain('backend/config/platform.toml:76:1 database.port: has 5432');
    expect(stderr).toContain('backend/config/chatbot.toml:48:1 database.port: has 5433');
    expect((await config('get', 'database.port', '--file', 'chatbot.toml')).stdout).toBe('5433\n');
  });

  it('finds the installation from a folder inside of it, and by --dir', async () => {
    const inside = spawn(process.execPath, [program, 'config', 'get', 'database.port'], {
      cwd: desk.path('proto/backend/config'),
      env: desk.env,
    });
    expect((await finished(inside)).stdout).toBe('5432\n');
    expect((await config('get', 'database.port', '--dir', 'proto')).stdout).toBe('5432\n');
    expect((await config('get', 'database.port', '--dir', 'none')).code).toBe(2);
  });
});

describe('config list', () => {
  it('shows all, tells of a broken file with its place, and goes on', async () => {
    edit(chatbot, 'provider = ', 'provider ');
    const { code, stdout, stderr } = await config('list');
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: backend\/config\/chatbot\.toml:15:\d+: is not valid TOML/);
    expect(stdout).toMatch(/^openai\.provider +"openai"$/m);
    expect(stdout).toMatch(/^openai\.api_key +•••••• +set$/m);
    expect(stdout).toMatch(/^sendgrid\.api_key +not set +mandatory$/m);
    expect(stdout).not.toContain('sk-1');
  });

  it('shows what is unset, or what was changed', async () => {
    expect((await config('list', '--changed')).stdout).toBe('Nothing was changed.\n');
    await config('set', 'database.port', '5433');
    expect((await config('list', '--changed')).stdout).toBe(
      'database.port  5433  changed by you (release: 5432)\n',
    );
    const unset = (await config('list', '--unset')).stdout;
    expect(unset.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'sendgrid.api_key',
      'sendgrid.from_domain',
      'sendgrid.inbound_parse_key',
      '',
    ]);
  });
});

describe('config unset', () => {
  it('gives every byte back', async () => {
    await config('set', 'openai.provider', 'azure');
    await config('set', 'database.port', '5433', '--file', 'chatbot.toml');
    expect(changedFiles()).toEqual([chatbot, platform]);
    expect((await config('unset', 'openai.provider')).stdout).toContain(
      'it now matches the release',
    );
    expect((await config('unset', 'database.port')).code).toBe(0);
    expect(changedFiles()).toEqual([]);
  });
});

describe('--json', () => {
  it.each([
    ['list', ['list'], { parameters: expect.any(Array), faults: [] }],
    ['get', ['get', 'database.port'], { key: 'database.port', value: 5432, type: 'integer' }],
    [
      'set',
      ['set', 'openai.provider', 'azure'],
      {
        changed: true,
        history: 1,
        restart: ['platform', 'chatbot'],
        nowMissing: expect.any(Array),
      },
    ],
    ['unset', ['unset', 'database.port'], { changed: false, changes: expect.any(Array) }],
  ])('of %s is one document with its version', async (name, args, result) => {
    const { code, document } = await desk.json('config', ...args);
    const expected: Partial<JsonOutput> = { formatVersion: 1, command: `config ${name}`, ok: true };
    expect(document).toMatchObject(expected);
    expect(document.result).toMatchObject(result);
    expect(code).toBe(0);
    expect(JSON.stringify(document)).not.toMatch(/sk-1|random-of/);
  });
});

it('config alone says what there is', async () => {
  const { code, stderr } = await config();
  expect(code).toBe(2);
  expect(stderr).toMatch(/list.*get.*set.*unset/s);
  expect(readFileSync(desk.path('proto', platform), 'utf8')).toBe(before[platform]);
});
