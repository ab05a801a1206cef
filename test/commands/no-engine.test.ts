import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { copyWithOwners } from '../support/tree.ts';

/** An engine that cannot be asked may run the platform and hold its data: no answer is not "no". */

let registry: EmbeddedRegistry;
let seed: Desk;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
  seed = new Desk(registry);
  seed.credentials();
  seed.putDockerStandInOnPath();
  expect((await seed.run('init', '--templates', releaseFolder('2026.9.0'))).code).toBe(0);
  expect((await seed.run('config', 'set', 'database.port', '5433')).code).toBe(0);
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
});
afterAll(async () => {
  seed.remove();
  await registry.close();
});
beforeEach(() => {
  desk = new Desk(registry, { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' });
  desk.credentials();
  copyWithOwners(seed.path('proto'), desk.path('proto'));
  putDocker(noEngine);
});
afterEach(() => desk.remove());

/** Compose reads the files without an engine. What it is asked for is noted. */
const noEngine = `echo "$*" >>"$HOME/asked"
case "$*" in
*' config --format json') echo '{"name":"x","services":{"postgres":{"image":"i"}}}' ;;
--version) echo 'Docker version 27.3.1, build 1' ;;
*)
  echo "Cannot connect to the Docker daemon at $DOCKER_HOST. Is the docker daemon running?" >&2
  exit 1 ;;
esac`;

/** Without what `putOnPath` answers itself. */
function putDocker(script: string): void {
  desk.putOnPath('docker', '');
  desk.write('.bin/docker', `#!/bin/sh\n${script}\n`, 0o755);
}

const asked = () =>
  existsSync(desk.path('asked')) ? readFileSync(desk.path('asked'), 'utf8') : '';

describe('without an answer of the engine', () => {
  it.each(
    [
      ['update', '--yes'],
      ['update', '--yes', '--offline', '--templates', releaseFolder('2026.11.0')],
      ['update', '--dry-run'],
      ['rollback', '1', '--yes'],
      ['config', 'rotate', 'database.password', '--yes'],
      ['backup', 'b.tar'],
      ['uninstall', '--yes'],
      ['stop'],
      ['logs'],
      ['psql'],
      ['status'],
    ].map((command) => [command.join(' '), command] as const),
  )('%s says where it asked, changes nothing and ends with 3', async (_name, command) => {
    const before = desk.tree();
    const { code, stderr } = await desk.run(...command);
    expect([code, stderr]).toEqual([3, expect.stringContaining('[DOCKER_ENGINE_UNREACHABLE]')]);
    expect(stderr).toContain('(DOCKER_HOST=unix:///run/user/1000/docker.sock)');
    expect(stderr).toContain('`unset DOCKER_HOST`');
    const canDoWithout = ['update', 'rollback'].includes(command[0] ?? '');
    expect(stderr.includes('--without-engine')).toBe(canDoWithout);
    const after = desk.tree();
    expect({ ...after, asked: undefined }).toEqual({ ...before, asked: undefined });
  });

  it('status shows the rest, and calls nothing stopped', async () => {
    const { stdout } = await desk.run('status');
    expect(stdout).toContain('It is unknown whether the platform is running');
    expect(stdout).toMatch(/^postgres +unknown /m);
    const { document } = await desk.json('status');
    expect(document).toMatchObject({
      ok: false,
      result: { engine: false, healthy: false },
      error: { code: 'DOCKER_ENGINE_UNREACHABLE' },
    });
  });

  it('the context is named where that is what leads there', async () => {
    desk.env.DOCKER_HOST = undefined;
    mkdirSync(desk.path('.docker'));
    desk.write('.docker/config.json', { currentContext: 'rootless' });
    expect((await desk.run('stop')).stderr).toMatch(
      /\(the context rootless of \S+config\.json\)[\s\S]*docker context use default/,
    );
    desk.env.DOCKER_CONTEXT = 'build';
    expect((await desk.run('stop')).stderr).toMatch(
      /\(DOCKER_CONTEXT=build\)[\s\S]*unset DOCKER_CONTEXT/,
    );
    desk.env.DOCKER_HOST = 'ssh://root:secret@other:22';
    const { stderr } = await desk.run('stop');
    expect(stderr).toContain('(DOCKER_HOST=ssh://other:22)');
  });
});

it('DOCKER_DEFAULT_PLATFORM is named where it makes a pull fail', async () => {
  desk.env.DOCKER_DEFAULT_PLATFORM = 'linux/arm64';
  const stderr = 'no matching manifest for linux/arm64 in the manifest list entries';
  putDocker(`case "$*" in
login*) cat >/dev/null ;;
'image inspect'*) echo 'Error: No such image: x' >&2; exit 1 ;;
pull*) echo '${stderr}' >&2; exit 1 ;;
esac`);
  const { code, document } = await desk.json('update', '--yes', '--no-backup');
  expect([code, document.error.code]).toEqual([3, 'IMAGE_PLATFORM']);
  expect(document.error.hint).toContain('`unset DOCKER_DEFAULT_PLATFORM`');
});

describe('--without-engine', () => {
  it('changes files only: nothing is asked, pulled or backed up, and the plan lists no pull', async () => {
    const dry = await desk.run('update', '--without-engine', '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, expect.not.stringContaining('pull ')]);
    const { code, document } = await desk.json('update', '--yes', '--without-engine');
    expect(code).toBe(0);
    const kinds = document.result.plan.actions.map(({ kind }: { kind: string }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['fetch-bundle']));
    expect(document.notices.join()).not.toContain('Docker Engine');
    const back = await desk.json('rollback', '--yes', '--without-engine');
    expect([back.code, back.document.result.state]).toEqual([0, 2]);
    expect(asked()).toBe('');
  });

  it.each(['--start', '--prune', '--backup'])('cannot be combined with %s', async (flag) => {
    const { code, stderr } = await desk.run('update', '--yes', '--without-engine', flag);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${flag} needs the Docker Engine`)]);
  });
});

describe('an answer that says something else', () => {
  it.each([
    ['volume', "'volume inspect'*"],
    ['container', "'ps --all'*"],
    ['image', "'image inspect'*"],
  ])('about a %s is not "there is none"', async (_what, pattern) => {
    const own = JSON.parse(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8')).project;
    const mount = { type: 'volume', source: 'd', target: '/var/lib/postgresql/data' };
    const bucket = { type: 'volume', source: 'b', target: '/data' };
    const model = {
      name: own,
      services: {
        postgres: { image: 'i', volumes: [mount] },
        bucket: { image: 'j', volumes: [bucket] },
      },
      volumes: { d: { name: `${own}_d` }, b: { name: `${own}_b` } },
    };
    desk.write('model.json', model);
    putDocker(
      `case "$*" in
${pattern}) echo 'Error response from daemon: context canceled' >&2; exit 1 ;;
*' config --format json') cat '${desk.path('model.json')}' ;;
version*) echo 27.3.1 ;;
esac`,
    );
    const { code, stderr } = await desk.run('backup', 'b.tar');
    expect([code, stderr]).toEqual([3, expect.stringContaining('context canceled')]);
    expect(existsSync(desk.path('b.tar'))).toBe(false);
  });
});

describe('update --start', () => {
  const ignoring = (...ids: string[]) =>
    ['memory', 'engine', 'docker-version', 'compose', ...ids].flatMap((id) => ['--ignore', id]);

  it('looks at what start requires before anything changes', async () => {
    desk.putDockerStandInOnPath();
    const before = desk.tree();
    const { code, stderr } = await desk.run('update', '--yes', '--start', ...ignoring());
    expect([code, stderr]).toEqual([5, expect.stringContaining('values-unset')]);
    expect(desk.tree()).toEqual(before);
  });

  it('looks at the values as the new release wants them', async () => {
    desk.putDockerStandInOnPath();
    const before = desk.tree();
    const flags = ignoring('values-unset', 'values-form', 'compose-file');
    const { code, document } = await desk.json('update', '--yes', '--start', ...flags);
    expect([code, document.error]).toMatchObject([5, { code: 'VALUES_UNSET' }]);
    expect(document.error.hint).toContain('without --start');
    expect(desk.tree()).toEqual(before);
  });
});

describe('a finding that proto.toml ignores', () => {
  it('is shown with its reason by check and status, and stops nothing', async () => {
    desk.putDockerStandInOnPath();
    appendFileSync(
      desk.path('proto/proto.toml'),
      '\n[ignore]\nmemory = "test host"\nvalues-unset = "set by the provisioning"\nmemroy = "x"\n',
    );
    const { document } = await desk.json('check');
    const known = document.result.findings.filter(({ ignored }: { ignored: boolean }) => ignored);
    expect(known.map(({ id, reason }: { id: string; reason: string }) => [id, reason])).toEqual([
      ['memory', 'test host'],
      ['values-unset', 'set by the provisioning'],
    ]);
    expect(document.notices.join()).toContain('ignore.memroy is not a check');
    expect((await desk.run('check')).stdout).toContain('values-unset (set by the provisioning)');
    const { stdout } = await desk.run('status');
    expect(stdout).toMatch(/^ignored +memory \(test host\), values-unset \(set by/m);
  });
});

it('a backup of a platform without data does not guess whether it was started', async () => {
  desk.putDockerStandInOnPath();
  const { code, stdout } = await desk.run('backup', 'b.tar');
  expect([code, stdout]).toEqual([0, expect.stringContaining('no data, because the volumes')]);
});
