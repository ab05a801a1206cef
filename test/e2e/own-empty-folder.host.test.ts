import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** An operator's own empty folder in a folder of root, such as /srv/proto. */

const nobody = 65_534;
let registry: EmbeddedRegistry;
let desk: Desk;
const user = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.putDockerStandInOnPath();
  desk.credentials();
  for (const path of ['', 'proto_credentials.json']) chownSync(desk.path(path), nobody, nobody);
  mkdirSync(desk.path('srv/proto'), { recursive: true });
  chownSync(desk.path('srv/proto'), nobody, nobody);
  desk.through = user;
});
afterEach(() => desk.remove());

const init = () => desk.run('init', 'srv/proto', '--url', 'chat.example-bank.com');
const content = () => readdirSync(desk.path('srv/proto')).sort();
const whole = ['.proto', 'backend', 'frontend', 'nginx', 'webchat'];

describe('an own folder in a folder of root', () => {
  it('takes an installation, and uninstall empties it', async () => {
    const { code, stderr } = await init();
    expect(code, stderr).toBe(0);
    expect(content()).toEqual(expect.arrayContaining(whole));
    expect(content().filter((name) => name.includes('init'))).toEqual([]);
    expect(readdirSync(desk.path('srv'))).toEqual(['proto']);
    const set = ['config', 'set', 'database.port', '5433', '--dir', 'srv/proto'];
    expect((await desk.run(...set)).code).toBe(0);
    const dry = await desk.run('uninstall', '--dir', 'srv/proto', '--dry-run');
    expect(dry.stdout).toMatch(/> move the content of the folder, .* to \S+\/srv\/proto\/removed-/);
    const done = await desk.run('uninstall', '--dir', 'srv/proto', '--yes');
    expect(done.code, done.stderr).toBe(0);
    const [removed = '', ...others] = content();
    expect(others).toEqual([]);
    expect(removed).toMatch(/^removed-\d{4}-\d\d-\d\d$/);
    expect(readdirSync(desk.path('srv/proto', removed))).toEqual(expect.arrayContaining(whole));
    expect(statSync(desk.path('srv/proto', removed)).mode & 0o777).toBe(0o700);
  });

  it('is empty after uninstall --data', async () => {
    expect((await init()).code).toBe(0);
    const args = ['uninstall', '--data', '--yes', '--name', 'proto', '--dir', 'srv/proto'];
    const { code, stderr } = await desk.run(...args);
    expect(code, stderr).toBe(0);
    expect(content()).toEqual([]);
  });

  it('with a file in it is refused, and left alone', async () => {
    writeFileSync(desk.path('srv/proto/mine'), '');
    const { code, stderr } = await init();
    expect(code).toBe(2);
    expect(stderr).toContain('[FOLDER_NOT_EMPTY]');
    expect(content()).toEqual(['mine']);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'is whole or nothing after a kill at rename %i, and the next init completes it',
    async (when) => {
      desk.env.UV_THREADPOOL_SIZE = '1';
      desk.through = [
        ...[...user, 'strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename'],
        ...['-e', `inject=rename:signal=SIGKILL:when=${when}`],
      ];
      await init();
      desk.through = user;
      if (existsSync(desk.path('srv/proto/.proto/lock.json'))) {
        expect(content()).toEqual(expect.arrayContaining(whole));
        return;
      }
      const { code, stderr } = await init();
      expect(code, stderr).toBe(0);
      expect(content()).toEqual(expect.arrayContaining(whole));
      expect(content().filter((name) => name.includes('init'))).toEqual([]);
    },
  );

  it('keeps what was changed in a tree that a killed init put in place, once .proto is gone', async () => {
    desk.env.UV_THREADPOOL_SIZE = '1';
    desk.through = [
      ...[...user, 'strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename'],
      ...['-e', 'inject=rename:signal=SIGKILL:when=11'],
    ];
    await init();
    desk.through = user;
    expect(content()).toEqual(expect.arrayContaining(['.proto', '.proto-init']));
    rmSync(desk.path('srv/proto/.proto'), { recursive: true, force: true });
    const file = desk.path('srv/proto/frontend/mine');
    writeFileSync(file, 'mine');
    const { code, stderr } = await init();
    expect([code, stderr]).toEqual([2, expect.stringContaining('[FOLDER_NOT_EMPTY]')]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(content()).toEqual(expect.arrayContaining(['backend', 'frontend', 'nginx']));
  });

  it('has nothing of a killed init any more after the first change', async () => {
    expect((await init()).code).toBe(0);
    const guard = desk.path('srv/proto/.proto-init');
    mkdirSync(guard);
    const holder = { pid: 1, ticks: '', bootId: 'of another day', host: hostname(), command: '' };
    writeFileSync(`${guard}/holder.json`, JSON.stringify({ ...holder, startedAt: '' }));
    writeFileSync(`${guard}/moving.json`, '[]');
    chownSync(guard, nobody, nobody);
    const set = ['config', 'set', 'database.port', '5433', '--dir', 'srv/proto'];
    expect((await desk.run(...set)).code).toBe(0);
    expect(content()).not.toContain('.proto-init');
  });

  it.each([1, 3, 5])('is uninstalled by the next run after a kill at rename %i', async (when) => {
    expect((await init()).code).toBe(0);
    desk.env.UV_THREADPOOL_SIZE = '1';
    desk.through = [
      ...[...user, 'strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename'],
      ...['-e', `inject=rename:signal=SIGKILL:when=${when}`],
    ];
    await desk.run('uninstall', '--dir', 'srv/proto', '--yes');
    desk.through = user;
    const { code, stderr } = await desk.run('uninstall', '--dir', 'srv/proto', '--yes');
    expect(code, stderr).toBe(0);
    const [removed = '', ...others] = content();
    expect(others).toEqual([]);
    expect(readdirSync(desk.path('srv/proto', removed))).toEqual(expect.arrayContaining(whole));
  });
});

describe("another program's file that this user cannot read", () => {
  it('next to the merge base stops neither update nor rollback', async () => {
    expect((await init()).code).toBe(0);
    const foreign = desk.path('srv/proto/.proto/base/backend/config/.platform.toml.swp');
    writeFileSync(foreign, 'vim', { mode: 0o600 });
    const dir = ['--dir', 'srv/proto', '--yes'];
    const set = ['config', 'set', 'database.port', '5433', '--dir', 'srv/proto'];
    for (const args of [set, ['update', '--no-backup', ...dir], ['rollback', '1', ...dir]]) {
      const { code, stderr } = await desk.run(...args);
      expect(`${args[0]}: ${code} ${stderr}`).toMatch(new RegExp(`^${args[0]}: 0 `));
    }
  });
});

describe('a folder that is mounted with mount --bind', () => {
  it('takes an installation, and uninstall empties it', async () => {
    mkdirSync(desk.path('disk'));
    chownSync(desk.path('disk'), nobody, nobody);
    chownSync(desk.path('srv'), nobody, nobody);
    const run = (...args: string[]) => {
      desk.through = [
        ...['unshare', '-m', 'sh', '-c'],
        `mount --bind '${desk.path('disk')}' '${desk.path('srv/proto')}'; exec "$0" "$@"`,
        ...user,
      ];
      return desk.run(...args);
    };
    const made = await run('init', 'srv/proto', '--url', 'chat.example-bank.com');
    expect(made.code, made.stderr).toBe(0);
    expect(readdirSync(desk.path('disk'))).toEqual(expect.arrayContaining(whole));
    const set = await run('config', 'set', 'database.port', '5433', '--dir', 'srv/proto');
    expect(set.code, set.stderr).toBe(0);
    const done = await run('uninstall', '--dir', 'srv/proto', '--yes');
    expect(done.code, done.stderr).toBe(0);
    expect(readdirSync(desk.path('disk'))).toEqual([expect.stringMatching(/^removed-/)]);
  });

  it('inside the installation stops a change before it begins', async () => {
    chownSync(desk.path('srv'), nobody, nobody);
    expect((await init()).code).toBe(0);
    const config = desk.path('srv/proto/backend/config');
    desk.through = [
      ...['unshare', '-m', 'sh', '-c', `mount --bind '${config}' '${config}'; exec "$0" "$@"`],
      ...user,
    ];
    const set = ['config', 'set', 'database.port', '5433', '--dir', 'srv/proto'];
    const { code, document } = await desk.json(...set);
    expect([code, document.error.code]).toEqual([3, 'PATH_IN_THE_WAY']);
  });
});

describe('the content of a folder that stays', () => {
  const uninstall = (...args: string[]) => desk.run('uninstall', '--dir', 'srv/proto', ...args);
  const deleted = ['--data', '--yes', '--name', 'proto'];

  it('has its backups in it, which uninstall --data names, and no backup contains them', async () => {
    expect((await init()).code).toBe(0);
    const made = await desk.json('backup', '--dir', 'srv/proto');
    expect(made.code, made.stderr).toBe(0);
    const [name = ''] = readdirSync(desk.path('srv/proto/backups'));
    expect(statSync(desk.path('srv/proto/backups')).mode & 0o777).toBe(0o700);
    const foreign = desk.path('srv/proto/.proto/base/backend/config/.platform.toml.swp');
    writeFileSync(foreign, 'vim', { mode: 0o600 });
    const again = await desk.json('backup', '--dir', 'srv/proto');
    expect(again.code, again.stderr).toBe(0);
    expect(again.document.result.bytes).toBeLessThan(made.document.result.bytes * 1.5);
    const { stdout } = await uninstall('--data', '--dry-run');
    expect(stdout).toContain(`DATA, PERMANENTLY: backup ${desk.path('srv/proto/backups', name)}`);
  });

  it('that an interrupted uninstall has moved yesterday is joined by the rest', async () => {
    expect((await init()).code).toBe(0);
    mkdirSync(desk.path('srv/proto/removed-2020-01-02'));
    renameSync(desk.path('srv/proto/backend'), desk.path('srv/proto/removed-2020-01-02/backend'));
    for (const path of ['', '/backend']) {
      chownSync(desk.path(`srv/proto/removed-2020-01-02${path}`), nobody, nobody);
    }
    const { code, stderr } = await uninstall('--yes');
    expect(code, stderr).toBe(0);
    expect(content()).toEqual(['removed-2020-01-02']);
    expect(readdirSync(desk.path('srv/proto/removed-2020-01-02'))).toEqual(
      expect.arrayContaining(whole),
    );
    const again = await init();
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringMatching(/\[FOLDER_NOT_EMPTY\][\s\S]*removed-2020-01-02/),
    ]);
  });

  it('that earlier uninstalls moved stays with --data, and is named', async () => {
    expect((await init()).code).toBe(0);
    mkdirSync(desk.path('srv/proto/removed-2020-01-02/.proto'), { recursive: true });
    const { code, stdout } = await uninstall(...deleted);
    expect(code).toBe(0);
    const earlier = desk.path('srv/proto/removed-2020-01-02');
    expect(stdout).toContain(`${earlier} of an earlier uninstall is kept`);
    expect(content()).toEqual(['removed-2020-01-02']);
  });

  it('is not taken for stopped because backend/ is missing', async () => {
    expect((await init()).code).toBe(0);
    const log = desk.path('calls');
    rmSync(desk.path('srv/proto/backend'), { recursive: true });
    desk.putOnPath(
      'docker',
      `echo "$*" >>'${log}'; case "$*" in *"network ls"*) echo '{"Name":"proto_default"}';; esac; exit 0`,
    );
    writeFileSync(log, '', { mode: 0o666 });
    chownSync(log, nobody, nobody);
    await uninstall('--yes');
    expect(readFileSync(log, 'utf8')).toContain('network rm proto_default');
  });
});

describe('a folder that this user cannot write to', () => {
  it('is refused with a remedy that fits', async () => {
    chownSync(desk.path('srv/proto'), 0, 0);
    const made = await init();
    expect(made.stderr).toContain('[FOLDER_READ_ONLY]');
    expect(made.stderr).not.toContain('parent folder');
    chownSync(desk.path('srv/proto'), nobody, nobody);
    expect((await init()).code).toBe(0);
    chownSync(desk.path('srv/proto'), 0, 0);
    const { stderr } = await desk.run('uninstall', '--dir', 'srv/proto', '--yes');
    expect(stderr).toContain('[FOLDER_READ_ONLY]');
    expect(stderr).toContain('sudo');
    expect(stderr).not.toContain('Choose a location');
  });
});
