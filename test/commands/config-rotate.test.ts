import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaksIn } from '../support/canaries.ts';
import { chatbot, platform } from '../support/config-input.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { PasswordKeeper } from '../support/password-keeper.ts';
import { Desk, finished } from '../support/program.ts';
import { installed } from '../support/releases.ts';
import { readTree } from '../support/small-installation.ts';

/** `config rotate` of the built program, with a database that keeps its password as PostgreSQL does. */

const password = 'backend/secrets/postgres_password';
const marker = '.proto/rotation.json';
let desk: Desk;
let before: Record<string, string>;

beforeEach(() => {
  desk = new Desk();
  mkdirSync(desk.path('proto'));
  writeInstallation(desk.path('proto'), installed('2026.11.0', { YOUR_URL: 'x.example.com' }));
  before = tree();
});
afterEach(() => desk.remove());

const tree = () => readTree(desk.path('proto'));
const rotate = (...args: string[]) => desk.run('config', 'rotate', ...args);
const secretIn = (text = '') => /^password = "(.*)"$/m.exec(text)?.[1] ?? text.trim();
/** The passwords that the files have, each once. */
const passwords = () => [...new Set([platform, chatbot, password].map((f) => secretIn(tree()[f])))];
const changed = () => {
  const now = tree();
  return Object.keys({ ...before, ...now })
    .filter((path) => before[path] !== now[path] && !path.startsWith('.proto/history/'))
    .sort();
};

describe('a secret of the services alone', () => {
  it('is made again in all files, and no one needs docker for it', async () => {
    desk.env.PATH = '';
    const { code, stdout, stderr } = await rotate('api.secret_key', '--yes');
    expect([code, stderr]).toEqual([0, expect.stringContaining('All users must log in again')]);
    expect(changed()).toEqual([chatbot, 'backend/config/msgrouter_ws.toml', platform]);
    const [fresh, ...others] = new Set(
      changed().map((path) => /^secret_key = "(.*)"$/m.exec(tree()[path] ?? '')?.[1]),
    );
    expect([others, fresh]).toEqual([[], expect.stringMatching(/^[\w-]{43}$/)]);
    expect(stdout).toContain('docker compose restart platform chatbot msgrouter_ws');
    expect(leaksIn(stdout + stderr, [fresh ?? ''])).toEqual([]);
  });

  it('that was taken out of every file is not put back in', async () => {
    for (const path of [platform, chatbot, 'backend/config/msgrouter_ws.toml']) {
      const text = readFileSync(desk.path('proto', path), 'utf8');
      writeFileSync(desk.path('proto', path), text.replace(/^secret_key = .*\n/m, ''));
    }
    before = tree();
    const { document } = await desk.json('config', 'rotate', 'api.secret_key', '--yes');
    expect([document.error?.code, tree()]).toEqual(['CONFIG_VALUE_UNSET', before]);
  });

  it('is left as it is without --yes, in a dry run, and where it is none', async () => {
    const silent = await rotate('api.secret_key');
    expect([silent.code, silent.stderr]).toEqual([5, expect.stringContaining('--yes')]);
    const dry = await rotate('api.secret_key', '--dry-run');
    expect(dry.stdout).toMatch(/~ backend\/config\/platform\.toml:\d+ {2}api\.secret_key/);
    const other = await desk.json('config', 'rotate', 'sendgrid.api_key', '--yes');
    expect(other.document.error.code).toBe('CONFIG_NOT_GENERATED');
    expect([dry.code, other.code, tree()]).toEqual([0, 2, before]);
  });
});

describe('the password of the database', () => {
  it.each(['running', 'stopped'] as const)('is one in database and files: %s', async (state) => {
    const keeper = new PasswordKeeper(desk, state);
    const { code, stdout, stderr } = await rotate('database.password', '--yes', '--verbose');
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('> set the new password of user postgres'),
    ]);
    expect(changed()).toEqual([chatbot, platform, password]);
    const [fresh = '', ...others] = passwords();
    expect(others).toEqual([]);
    expect(await keeper.knows(fresh)).toBe(true);
    expect(leaksIn(stdout + stderr + keeper.heard, [fresh])).toEqual([]);
    expect(keeper.heard).not.toContain('does not know');
  });

  it.each(['never started', 'empty'] as const)(
    'is in the files alone where the database takes it from there at its first start: %s',
    async (state) => {
      const keeper = new PasswordKeeper(desk, state);
      const { code, stderr } = await rotate('postgres_password', '--yes');
      expect([code, stderr]).toEqual([
        0,
        expect.not.stringContaining('set the new password of user'),
      ]);
      expect(changed()).toEqual([chatbot, platform, password]);
      expect(keeper.heard).not.toContain('ALTER ROLE');
    },
  );

  it('is not changed where it cannot be known whether there is a database', async () => {
    new PasswordKeeper(desk, 'no engine');
    const { code, document } = await desk.json('config', 'rotate', 'database.password', '--yes');
    expect([code, document.error.code]).toEqual([3, 'DOCKER_ENGINE_UNREACHABLE']);
    expect(tree()).toEqual(before);
  });

  it('stays everywhere where the database refuses the new one', async () => {
    const keeper = new PasswordKeeper(desk, 'running', 'refuses it');
    const hash = keeper.hash;
    const { code, document } = await desk.json('config', 'rotate', 'database.password', '--yes');
    expect([code, document.error.code]).toEqual([3, 'ROTATION_FAILED']);
    expect(document.error.message).toContain('read-only transaction');
    expect([keeper.hash, tree()]).toEqual([hash, before]);
  });

  it('is taken back in the database where the files cannot follow', async () => {
    const keeper = new PasswordKeeper(desk, 'running');
    const hash = keeper.hash;
    // Between the statement and the first file there is room for an editor.
    const docker = readFileSync(desk.path('.bin/docker'), 'utf8');
    const edit = `echo '# x' >>'${desk.path('proto', platform)}'; cat .statement >>.statements`;
    desk.write('.bin/docker', docker.replace('cat .statement >>.statements', edit), 0o755);
    const { code, document } = await desk.json('config', 'rotate', 'database.password', '--yes');
    expect([code, document.error.code]).toEqual([5, 'FILE_CHANGED_MEANWHILE']);
    expect(keeper.hash).toBe(hash);
    expect(keeper.heard.match(/^ALTER ROLE/gm)).toHaveLength(2);
    expect(changed()).toEqual([platform]);
    expect(passwords()).toEqual([secretIn(before[platform])]);
  });

  it('is one in database and files after a Ctrl-C in the middle', async () => {
    const keeper = new PasswordKeeper(desk, 'running', 'takes its time');
    const child = desk.spawn('config', 'rotate', 'database.password', '--yes');
    const outcome = finished(child);
    while (!existsSync(desk.path('.at-it'))) await pause(20);
    child.kill('SIGINT');
    expect((await outcome).code).toBe(0);
    expect(changed()).toEqual([chatbot, platform, password]);
    expect(await keeper.knows(passwords()[0] ?? '')).toBe(true);
  });

  it('is reported of as not sure after a kill in the very moment, and made one by the next rotation', async () => {
    const keeper = new PasswordKeeper(desk, 'running');
    writeFileSync(
      desk.path('proto', marker),
      '{"formatVersion":1,"name":"database.password","startedAt":"2026-11-26T13:59:22Z"}',
    );
    keeper.hash = 'SCRAM-SHA-256$4096:of$a:new-one';
    const other = await desk.run('config', 'set', 'database.port', '5433');
    expect(other.stderr).toContain('Run `proto-scaffold config rotate database.password` again');
    expect((await rotate('database.password', '--yes')).code).toBe(0);
    expect(await keeper.knows(passwords()[0] ?? '')).toBe(true);
    expect(existsSync(desk.path('proto', marker))).toBe(false);
  });

  it('stays the present one when the files go back to a state of before', async () => {
    const keeper = new PasswordKeeper(desk, 'running');
    await rotate('database.password', '--yes');
    const docker = readFileSync(desk.path('.bin/docker'), 'utf8');
    desk.write(
      '.bin/docker',
      docker.replace('  *) echo', "  'compose down') : ;;\n  *) echo"),
      0o755,
    );
    const { code, stderr } = await desk.run('rollback', '--yes', '1');
    expect([code, stderr]).toEqual([0, expect.stringContaining('keep the current password')]);
    const [now = '', ...others] = passwords();
    expect([await keeper.knows(now), others]).toEqual([true, []]);
  });

  it('keeps the modes of its files', async () => {
    new PasswordKeeper(desk, 'never started');
    chmodSync(desk.path('proto', password), 0o600);
    await rotate('database.password', '--yes');
    const mode = (path: string) => desk.tree()[`proto/${path}`]?.split(' ')[1];
    expect([mode(password), mode(platform)]).toEqual(['600', '640']);
  });
});
