import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { copyWithOwners, treeOf } from '../support/tree.ts';

/** An update that the kernel ends, by strace(1), and what the operator sees of it next. */

let registry: EmbeddedRegistry;
let seed: Desk;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
  seed = deskWithDocker();
  seed.credentials();
  const init = await seed.run('init', '--templates', releaseFolder('2026.9.0'));
  expect(init.code).toBe(0);
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
});
afterAll(async () => {
  seed.remove();
  await registry.close();
});
beforeEach(() => {
  desk = deskWithDocker();
  desk.credentials();
  copyWithOwners(seed.path('proto'), desk.path('proto'));
});
afterEach(() => desk.remove());

const platform = 'backend/config/platform.toml';

/** With a docker whose engine has nothing running, and every image. */
function deskWithDocker(): Desk {
  const made = new Desk(registry);
  made.putDockerStandInOnPath();
  return made;
}

const at = (path: string) => desk.path('proto', path);
const read = (path: string) => readFileSync(at(path), 'utf8');
const present = () =>
  treeOf(desk.path('proto'), { without: ['.proto/history', '.proto/lock.json'] });

const journal = '.proto/staging/journal.json';
const stagedPlatform = `.proto/staging/new/files/${platform}`;

/** Runs an update that dies when it is about to put this file in its place. */
async function killedUpdate(path: string): Promise<void> {
  desk.env.UV_THREADPOOL_SIZE = '1';
  desk.through = [
    ...['strace', '-f', '-qq', '-o', '/dev/null', '-P', at(path)],
    ...['-e', 'trace=rename', '-e', 'inject=rename:signal=SIGKILL:when=1'],
  ];
  expect((await desk.run('update', '--yes')).signal).toBe('SIGKILL');
  desk.through = [];
}

/** What the same update makes where nothing kills it: at the same path, as nginx's site names that. */
async function wholeUpdate(): Promise<object> {
  copyWithOwners(at(''), desk.path('before'));
  expect((await desk.run('update', '--yes')).code).toBe(0);
  const whole = present();
  rmSync(at(''), { recursive: true });
  renameSync(desk.path('before'), at(''));
  return whole;
}

describe('a command that reads while an update is made', () => {
  it('sees all of it or nothing, and not the lock of one with the base of the other', async () => {
    desk.env.UV_THREADPOOL_SIZE = '1';
    desk.through = [
      ...['strace', '-f', '-qq', '-o', desk.path('log'), '-P', at(`.proto/base/${platform}`)],
      ...['-e', 'trace=openat', '-e', 'inject=openat:delay_enter=10000000:when=1'],
    ];
    const reading = desk.run('config', 'list');
    // It has read the lock file, and waits before the base.
    await expect
      .poll(() => existsSync(desk.path('log')) && readFileSync(desk.path('log'), 'utf8'), {
        timeout: 20_000,
      })
      .toContain('openat');
    desk.through = [];
    expect((await desk.run('update', '--yes')).code).toBe(0);
    const { code, stderr } = await reading;
    expect(stderr).not.toContain('BASE_DAMAGED');
    expect(code).toBe(0);
  });
});

describe('an update that is killed', () => {
  it('before its journal is forgotten, and the next does all of it', async () => {
    const before = treeOf(desk.path('proto'));
    const whole = await wholeUpdate();
    await killedUpdate(journal);
    expect(existsSync(at('.proto/staging'))).toBe(true);
    const history = await desk.json('history');
    expect(history.document.result.states).toEqual([]);
    const { code, document } = await desk.json('update', '--yes');
    expect(code).toBe(0);
    expect(document.notices.join()).not.toContain('interrupted');
    expect(present()).toEqual(whole);
    expect(treeOf(desk.path('proto'))).not.toEqual(before);
  });

  it('while it puts its files in place is completed by the next command, which says so', async () => {
    const whole = await wholeUpdate();
    await killedUpdate(stagedPlatform);
    const { code, document } = await desk.json('history');
    expect(code).toBe(0);
    expect(document.notices).toEqual([
      expect.stringMatching(
        /^`update to 2026\.11\.0 \(stable\)`, started at \d{4}-.*Z, was interrupted\. It is now completed\.$/,
      ),
    ]);
    expect(document.result.states).toMatchObject([{ n: 1, kind: 'release' }]);
    expect(present()).toEqual(whole);
    expect((await desk.run('update', '--yes')).stdout).toMatch(/^Already up to date/);
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(present()).toEqual(treeOf(seed.path('proto'), { without: ['.proto/lock.json'] }));
  });

  it('loses nothing that the operator saved before the next command, and says where it is', async () => {
    await killedUpdate(stagedPlatform);
    appendFileSync(at(platform), '# saved after the crash\n');
    const saved = read(platform);
    const { stderr } = await desk.run('history');
    const kept = '.proto/history/1/late/backend/config/platform.toml';
    expect(stderr).toContain(
      `note: Someone has saved ${platform} since. That version is kept as ${kept}.`,
    );
    expect(read(kept)).toBe(saved);
    expect(read(platform)).not.toContain('saved after the crash');
  });

  it.each([['history'], ['update'], ['rollback'], ['config', 'set', 'openai.provider', 'azure']])(
    'and whose journal was damaged since is not touched by %s',
    async (...command) => {
      await killedUpdate(stagedPlatform);
      writeFileSync(at('.proto/journal.json'), read('.proto/journal.json').slice(0, 100));
      const before = treeOf(desk.path('proto'), { without: [join('.proto', 'guard.json')] });
      const { code, document } = await desk.json(...command);
      expect(code).toBe(3);
      expect(document.error.code).toBe('JOURNAL_INVALID');
      expect(treeOf(desk.path('proto'))).toEqual(before);
    },
  );
});
