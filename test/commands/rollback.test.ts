import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk, emptyModel } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { copyWithOwners, type Tree, treeOf } from '../support/tree.ts';

/** `history` and `rollback` of the built program: an installation that was updated, and edited before and after. */

let registry: EmbeddedRegistry;
let seed: Desk;
let desk: Desk;
/** The installation as it was before the update, but for what the program keeps for itself. */
let before: Tree;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
  seed = deskWithDocker();
  seed.credentials();
  const init = await seed.run('init', '--templates', releaseFolder('2026.9.0'));
  expect(init.code).toBe(0);
  edit(seed, platform, 'algorithm = "HS256"', 'algorithm = "HS512" # ours');
  before = presentTree(seed);
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  expect((await seed.run('update', '--yes')).code).toBe(0);
  expect(presentTree(seed)).not.toEqual(before);
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

const platform = 'proto/backend/config/platform.toml';
const chatbot = 'proto/backend/config/chatbot.toml';
const compose = 'proto/backend/docker-compose.yml';

function edit(at: Desk, path: string, from: string, to: string): void {
  const text = read(at, path);
  expect(text).toContain(from);
  writeFileSync(at.path(path), text.replace(from, to));
}

function read(at: Desk, path: string): string {
  return readFileSync(at.path(path), 'utf8');
}

function presentTree(at: Desk): Tree {
  return treeOf(at.path('proto'), { without: ['.proto/history', '.proto/lock.json'] });
}

/**
 * A docker that writes down what it is asked for. Files in the desk's folder say what the host is like:
 * `no-engine`, `running`, `images` (all are there) and `no-pull` (the registry refuses).
 */
function deskWithDocker(): Desk {
  const made = new Desk(registry);
  made.putOnPath(
    'docker',
    [
      `cd ${made.folder}`,
      'echo "$*" >> asked',
      'case "$1" in',
      'login) exec cat >/dev/null ;;',
      'ps) [ ! -e running ] || echo 0123456789ab ;;',
      'image) [ -e images ] || { echo "Error: No such image: x" >&2; exit 1; } ;;',
      'pull) [ ! -e no-pull ] || { echo "no basic auth credentials" >&2; exit 1; } ;;',
      `compose) [ "$2" = config ] && echo '${emptyModel}' || rm running ;;`,
      'volume) echo "no such volume" >&2; exit 1 ;;',
      'esac',
    ].join('\n'),
  );
  made.write('images', '');
  return made;
}

function asked(): string[] {
  return existsSync(desk.path('asked')) ? read(desk, 'asked').trim().split('\n') : [];
}

async function refused(code: string, exit: number, ...args: string[]) {
  const tree = treeOf(desk.path('proto'));
  const { document, code: ended, stderr } = await desk.json('rollback', '--yes', ...args);
  expect(document.error?.code).toBe(code);
  expect(ended).toBe(exit);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(treeOf(desk.path('proto'))).toEqual(tree);
  return document.error;
}

describe('rollback', () => {
  it('goes back to files, modes, digests and bundles as they were before the update', async () => {
    const { code, document } = await desk.json('rollback', '--yes');
    expect(code).toBe(0);
    expect(presentTree(desk)).toEqual(before);
    const lock = JSON.parse(read(desk, 'proto/.proto/lock.json'));
    const then = JSON.parse(read(desk, 'proto/.proto/history/1/lock.json'));
    expect({ ...lock, appliedAt: '', appliedBy: '' }).toEqual({
      ...then,
      appliedAt: '',
      appliedBy: '',
    });
    expect(lock.appliedBy).toBe('rollback');
    expect(document.result).toMatchObject({
      changed: true,
      state: 1,
      history: 2,
      wasRunning: false,
      dataRolledBack: false,
      release: { tag: 'stable', version: '2026.9.0' },
      next: ['cd proto/backend', 'docker compose up -d'],
    });
  });

  it('says that data stays, what a backup is for, and how to start', async () => {
    const { stdout } = await desk.run('rollback', '--yes');
    expect(stdout).toMatch(/^Rolled back to state 1: proto has release 2026\.9\.0 \(stable\)\.$/m);
    expect(stdout).toContain('A rollback does not change data');
    expect(stdout).toContain('backup');
    expect(stdout).toContain('docker compose up -d');
  });

  it('keeps what was edited since, and the next rollback brings it back', async () => {
    edit(desk, chatbot, '\n', '\n# an edit after the update\n');
    const edited = presentTree(desk);
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(read(desk, chatbot)).not.toContain('an edit after the update');
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(presentTree(desk)).toEqual(edited);
  });

  it('keeps what is not a UTF-8, and goes back from it', async () => {
    writeFileSync(desk.path(platform), Buffer.from([0xff, 0x0a]));
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(presentTree(desk)).toEqual(before);
    const kept = readFileSync(
      desk.path('proto/.proto/history/2/files/backend/config/platform.toml'),
    );
    expect(kept).toEqual(Buffer.from([0xff, 0x0a]));
  });

  it('makes a file again that was deleted since, with the mode that it had', async () => {
    rmSync(desk.path(platform));
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(presentTree(desk)).toEqual(before);
  });

  it('goes back to a state of settings, and leaves image digests and bundles alone', async () => {
    const updated = presentTree(desk);
    const set = await desk.run('config', 'set', 'openai.provider', 'azure');
    expect(set.code).toBe(0);
    expect(presentTree(desk)).not.toEqual(updated);
    const { code, document } = await desk.json('rollback', '--yes', '2');
    expect(code).toBe(0);
    expect(presentTree(desk)).toEqual(updated);
    expect(document.result.plan.actions).toEqual([]);
  });

  it('goes back over several states, bundles included', async () => {
    await desk.run('config', 'set', 'openai.provider', 'azure');
    await desk.run('rollback', '--yes', '2');
    const { code } = await desk.run('rollback', '--yes', '1');
    expect(code).toBe(0);
    expect(presentTree(desk)).toEqual(before);
  });

  it('with nothing to do says so, and keeps no state', async () => {
    await desk.run('rollback', '--yes');
    const tree = treeOf(desk.path('proto'));
    const { code, stdout } = await desk.run('rollback', '--yes', '1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Nothing to do: the installation already matches state 1\.$/m);
    expect(treeOf(desk.path('proto'))).toEqual(tree);
  });

  it('leads out of a merge base that another program altered, which an update refuses', async () => {
    edit(desk, 'proto/.proto/base/backend/config/platform.toml', 'HS256', 'HS384');
    const lock = desk.path('proto/.proto/lock.json');
    const hash = /("backend\/config\/platform\.toml": ")[0-9a-f]{4}/;
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(hash, '$10000'));
    const update = await desk.json('update', '--dry-run');
    expect(update.document.error).toMatchObject({
      code: 'BASE_DAMAGED',
      hint: expect.stringContaining('proto-scaffold rollback'),
      faults: [{ file: '.proto/base/backend/config/platform.toml' }],
    });
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect((await desk.run('update', '--yes')).code).toBe(0);
    expect(read(desk, platform)).toContain('algorithm = "HS512" # ours');
  });
});

describe('rollback --dry-run', () => {
  it('shows the plan as the result, and changes nothing', async () => {
    const tree = treeOf(desk.path('proto'));
    const { code, stdout } = await desk.run('rollback', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('back to state 1, release 2026.9.0 (stable)');
    expect(stdout).toContain(`  ~ ${compose.slice('proto/'.length)}\n`);
    expect(stdout).toContain('restore frontend/ from state 1');
    expect(stdout).toContain('This was a dry run: nothing was changed.');
    expect(treeOf(desk.path('proto'))).toEqual(tree);
    expect(asked()).not.toContain('compose down');
  });
});

describe('a platform that runs', () => {
  beforeEach(() => {
    desk.write('running', '');
  });

  it('is taken down only after the images of that state are here', async () => {
    rmSync(desk.path('images'));
    const { code, document } = await desk.json('rollback', '--yes');
    expect(code).toBe(0);
    expect(document.result.wasRunning).toBe(true);
    const calls = asked();
    const pulls = calls.filter((call) => call.startsWith('pull '));
    expect(pulls.length).toBeGreaterThan(4);
    expect(pulls.every((call) => /@sha256:[0-9a-f]{64}$/.test(call))).toBe(true);
    const down = calls.indexOf('compose down');
    expect(down).toBeGreaterThan(calls.lastIndexOf(pulls.at(-1) ?? ''));
    // Then it only checks that the platform stays down.
    expect(calls.slice(down + 1).filter((call) => !call.startsWith('ps --all '))).toEqual([]);
  });

  it('that could be taken down in part only is reported as that, with what still runs', async () => {
    desk.putOnPath(
      'docker',
      `cd ${desk.folder}
case "$*" in
ps*) cat ids ;;
'image inspect'*) ;;
'container inspect'*) echo '[]' ;;
'compose down') echo one >ids; echo 'Error response from daemon: cannot stop container' >&2; exit 1 ;;
*) exit 99 ;;
esac`,
    );
    desk.write('ids', 'one\ntwo\nthree\n');
    const tree = treeOf(desk.path('proto'));
    const { code, stderr } = await desk.run('rollback', '--yes');
    expect(code).toBe(3);
    expect(stderr).toContain('is partly stopped: running containers: 1 of 3.');
    expect(treeOf(desk.path('proto'))).toEqual(tree);
  });

  it('runs on when an image cannot be pulled, and nothing is changed', async () => {
    rmSync(desk.path('images'));
    desk.write('no-pull', '');
    const error = await refused('REGISTRY_DENIED', 4);
    expect(error.hint).toContain('proto-scaffold login');
    expect(asked()).not.toContain('compose down');
  });

  it('is not pulled for when all images are here', async () => {
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(asked().filter((call) => call.startsWith('pull '))).toEqual([]);
  });
});

describe('what a rollback refuses, changing nothing', () => {
  it('a state that there is not, and names those that there are', async () => {
    const error = await refused('STATE_UNKNOWN', 2, '7');
    expect(error.message).toBe('State 7 does not exist. Available states: 1.');
  });

  it('something that is not a number', async () => {
    await refused('USAGE', 2, 'stable');
  });

  it('to go back from the first state', async () => {
    rmSync(desk.path('proto/.proto/history'), { recursive: true });
    const error = await refused('STATE_UNKNOWN', 2);
    expect(error.message).toContain('nothing has changed since init');
  });

  it('without a number, to go back when only settings were changed', async () => {
    rmSync(desk.path('proto/.proto/history'), { recursive: true });
    await desk.run('config', 'set', 'openai.provider', 'azure');
    await refused('STATE_UNKNOWN', 2);
  });

  it('a state of which a file was altered', async () => {
    edit(desk, 'proto/.proto/history/1/files/backend/config/platform.toml', 'HS512', 'HS384');
    await refused('STATE_DAMAGED', 3);
  });

  it('a state of which the static bundles are gone', async () => {
    rmSync(desk.path('proto/.proto/history/1/files/frontend'), { recursive: true });
    const error = await refused('STATE_DAMAGED', 3);
    expect(error.message).toContain('The static bundle web-app of state 1 is no longer available.');
  });

  it('an override file that would point at a service which that state does not have', async () => {
    // Release 2026.9.0 has a mailer, the later one has not.
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    const override = 'services:\n  mailer:\n    mem_limit: 1g\n';
    writeFileSync(desk.path('proto/backend/docker-compose.override.yml'), override);
    const error = await refused('OVERRIDE_SERVICE_GONE', 5, '2');
    expect(error.faults).toMatchObject([{ line: 2, key: 'services.mailer' }]);
  });
});

describe('history', () => {
  it('lists what there is, the newest first, with when, release and what ended it', async () => {
    await desk.run('config', 'set', 'openai.provider', 'azure');
    const { code, stdout } = await desk.run('history');
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      expect.stringMatching(/^state {2}until \(UTC\) {7}release {13}ended by$/),
      expect.stringMatching(/^now {22}2026\.11\.0 \(stable\)$/),
      expect.stringMatching(
        /^2 {6}\d{4}-\d\d-\d\d \d\d:\d\d {2}2026\.11\.0 \(stable\) {2}config set openai\.provider$/,
      ),
      expect.stringMatching(
        /^1 {6}\d{4}-\d\d-\d\d \d\d:\d\d {2}2026\.9\.0 \(stable\) {3}update to 2026\.11\.0 \(stable\)$/,
      ),
    ]);
  });

  it('prints the same as data', async () => {
    const { document } = await desk.json('history');
    expect(document.result).toMatchObject({
      installation: desk.path('proto'),
      now: { release: { version: '2026.11.0' }, appliedBy: 'update' },
      states: [
        { n: 1, kind: 'release', damaged: false, why: expect.stringContaining('update to') },
      ],
    });
  });

  it('names a state that cannot be read', async () => {
    writeFileSync(desk.path('proto/.proto/history/1/meta.json'), '{');
    const { code, stdout } = await desk.run('history');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 .*\(damaged, or from a newer version of proto-scaffold\)$/m);
  });

  it('of a new installation says that there is nothing', async () => {
    rmSync(desk.path('proto/.proto/history'), { recursive: true });
    const { code, stdout } = await desk.run('history');
    expect(code).toBe(0);
    expect(stdout).toContain('The history is empty: nothing has changed since init.');
  });
});
