import { chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
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
