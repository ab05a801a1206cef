import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { copyWithOwners, treeOf } from '../support/tree.ts';

/** `update` of the built program, on a host where no Docker Engine answers. */

let registry: EmbeddedRegistry;
let desk: Desk;

let seed: Desk;

// Made once, and copied for every test: an init takes longer than most updates.
beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.9.0', tags: ['stable', '2026.9.0'] });
  seed = equippedDesk();
  seed.credentials();
  seed.write('values.toml', `sendgrid_api_key = "${canary}"\n`);
  const { code } = await seed.run(
    ...['init', '--url', 'chat.example-bank.com', '--values', 'values.toml'],
    ...['--templates', releaseFolder('2026.9.0')],
  );
  expect(code).toBe(0);
});
afterAll(async () => {
  seed.remove();
  await registry.close();
});

beforeEach(async () => {
  registry.faults.clear();
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable', '2026.11.0'] });
  desk = equippedDesk();
  desk.credentials();
  copyWithOwners(seed.path('proto'), desk.path('proto'));
});
afterEach(() => desk.remove());

const canary = 'SG.canary-of-the-operator';

function equippedDesk(): Desk {
  const made = new Desk(registry);
  made.putDockerStandInOnPath();
  return made;
}

const platform = () => desk.path('proto/backend/config/platform.toml');
const tree = () => treeOf(desk.path('proto'));
const edit = (path: string, from: string, to: string) => {
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

describe('update', () => {
  it('keeps the files of a service that the release dropped and the operator changed, and their values', async () => {
    const compose = desk.path('proto/backend/docker-compose.yml');
    const mailer = desk.path('proto/backend/config/mailer.toml');
    const text = readFileSync(compose, 'utf8');
    writeFileSync(compose, text.replace(/( {2}mailer:[\s\S]*?memory: )\d+m/, '$1777m'));
    const { document } = await desk.json('update', '--dry-run');
    expect(JSON.stringify(document.result)).toContain('mailer.toml is no longer part of');
    const { code, stderr } = await desk.run('update', '--yes');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      'backend/config/mailer.toml — is no longer part of the release, but is kept because a service still uses it',
    );
    expect(readFileSync(compose, 'utf8')).toContain('memory: 777m');
    const get = () => desk.run('config', 'get', 'sendgrid.api_key', '--reveal');
    expect(await get()).toMatchObject({ code: 0, stdout: `${canary}\n` });
    edit(mailer, canary, 'SG.other');
    const apart = await get();
    expect(apart.code).toBe(5);
    expect(apart.stderr).toContain('backend/config/mailer.toml:');
    expect((await desk.run('update', '--yes')).code).toBe(0);
    expect(readFileSync(mailer, 'utf8')).toContain('SG.other');
  });

  it('makes nginx/proto.conf in an installation whose program knew none, and says what to do with it', async () => {
    const site = 'nginx/proto.conf';
    const lockFile = desk.path('proto/.proto/lock.json');
    const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
    delete lock.files[site];
    writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
    rmSync(desk.path('proto/nginx'), { recursive: true });
    rmSync(desk.path('proto/.proto/base/nginx'), { recursive: true });
    const { code, stdout, stderr } = await desk.run('update', '--yes');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`+ ${site} — new`);
    expect(stdout).toContain(
      'nginx/proto.conf has changed. To install it: sudo proto-scaffold nginx',
    );
    const text = readFileSync(desk.path('proto', site), 'utf8');
    expect(text).toContain('server_name chat.example-bank.com;');
    expect(text).toContain(`root ${desk.path('proto/frontend')};`);
    expect(readFileSync(desk.path('proto/.proto/base', site), 'utf8')).toBe(text);
    expect((await desk.run('rollback', '--yes')).code).toBe(0);
    expect(Object.keys(tree())).not.toContain(site);
  });

  it('takes the new release in, keeps an edit, and says how to start', async () => {
    edit(platform(), 'algorithm = "HS256"', 'algorithm = "HS512" # ours');
    const { code, document } = await desk.json('update', '--yes');
    expect(code).toBe(0);
    expect(document.result).toMatchObject({
      changed: true,
      history: 1,
      wasRunning: false,
      release: { tag: 'stable', version: '2026.11.0' },
      conflicts: [],
    });
    expect(readFileSync(platform(), 'utf8')).toContain('algorithm = "HS512" # ours\n');
    const lock = JSON.parse(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8'));
    expect(lock.images.platform.version).toBe('2026.11.0');
    const scripts = readdirSync(desk.path('proto/frontend/assets')).filter((n) =>
      n.endsWith('.js'),
    );
    const script = readFileSync(desk.path('proto/frontend/assets', scripts[0] ?? ''), 'utf8');
    expect(script).toContain('2026.11.0');
  });

  it.each([
    ['all images are here', '', []],
    ['one image is missing', 'proto/platform', ['login', 'pull']],
  ])('where %s logs in and pulls only what is needed', async (_, missing, expected) => {
    const docker = desk.path('.bin/docker');
    const [shebang, ...rest] = readFileSync(docker, 'utf8').split('\n');
    const isMissing = missing === '' ? 'none' : `'image inspect'*${missing}[@:]*`;
    const first = `echo "$*" >>${desk.path('calls')}
case "$*" in
${isMissing}) [ -e ${desk.path('pulled')} ] || { echo 'No such image' >&2; exit 1; } ;;
pull*) : >${desk.path('pulled')} ;;
esac`;
    writeFileSync(docker, [shebang, first, ...rest].join('\n'));
    const { code, stderr } = await desk.run('update', '--yes');
    expect(code, stderr).toBe(0);
    const calls = readFileSync(desk.path('calls'), 'utf8').split('\n');
    const acts = calls.filter((line) => /^(login|pull)/.test(line));
    expect(acts.map((line) => line.split(' ')[0])).toEqual(expected);
    expect(acts.filter((line) => line.startsWith('pull')).join()).toContain(missing);
  });

  it('with nothing new says so, touches nothing, and makes no login', async () => {
    await desk.run('update', '--yes');
    const before = tree();
    desk.putOnPath('docker', 'exit 99');
    const { code, stdout } = await desk.run('update', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Already up to date/);
    expect(tree()).toEqual(before);
  });

  it('finds the installation from within, and the credentials beside it', async () => {
    const inside = desk.path('proto/backend/config');
    const { code } = await desk.runIn(inside, 'update', '--dry-run');
    expect(code).toBe(0);
  });

  it('finds it by --dir, and says where there is none', async () => {
    mkdirSync(desk.path('elsewhere'));
    const lost = await desk.runIn(desk.path('elsewhere'), 'update', '--yes');
    expect(lost).toMatchObject({ code: 2 });
    expect(lost.stderr).toContain('NOT_AN_INSTALLATION');
    const found = await desk.runIn(
      desk.path('elsewhere'),
      'update',
      '--yes',
      '--dir',
      desk.path('proto'),
    );
    expect(found.code).toBe(0);
  });
});

describe('update --dry-run', () => {
  it('changes nothing, and with --exit-code tells by it whether there is something to do', async () => {
    const before = tree();
    expect((await desk.run('update', '--dry-run')).code).toBe(0);
    expect((await desk.run('update', '--dry-run', '--exit-code')).code).toBe(5);
    expect(tree()).toEqual(before);
    await desk.run('update', '--yes');
    expect((await desk.run('update', '--dry-run', '--exit-code')).code).toBe(0);
  });

  it('prints the plan as data', async () => {
    const { document } = await desk.json('update', '--dry-run');
    const { result } = document;
    expect(result.dryRun).toBe(true);
    const image = result.artifacts.find(({ name }: { name: string }) => name === 'platform');
    expect(image).toMatchObject({
      kind: 'image',
      before: { version: '2026.9.0' },
      after: { version: '2026.11.0' },
    });
    expect(image.downloadBytes).toBeGreaterThan(0);
    expect(result.files.map(({ path }: { path: string }) => path)).toContain(
      'backend/docker-compose.yml',
    );
  });

  it('--diff shows what changes, and no secret', async () => {
    edit(platform(), `api_key = "${canary}"`, 'api_key = "SG.another-canary"');
    const { stdout, stderr } = await desk.run('update', '--dry-run', '--diff', '--verbose');
    expect(stdout).toContain('--- a/backend/config/platform.toml');
    expect(stdout).toContain('-[legacy]');
    const said = stdout + stderr;
    expect(said).not.toContain('canary');
    const made = readFileSync(desk.path('proto/backend/secrets/postgres_password'), 'utf8').trim();
    expect(said).not.toContain(made);
    expect(stdout).not.toContain('\u001b[');
  });
});

describe('conflicts', () => {
  const change = () => edit(platform(), 'expire_minutes = 60', 'expire_minutes = 90');

  it('keep the operator’s value, and say where', async () => {
    change();
    const { code, document } = await desk.json('update', '--yes');
    expect(code).toBe(0);
    expect(document.result.conflicts).toMatchObject([
      { file: 'backend/config/platform.toml', path: ['api', 'access_token_expire_minutes'] },
    ]);
    expect(readFileSync(platform(), 'utf8')).toContain('expire_minutes = 90');
  });

  it('are reported to a reader, too, with their place', async () => {
    change();
    const { stdout } = await desk.run('update', '--yes');
    expect(stdout).toMatch(
      /You and the release both changed backend\/config\/platform\.toml:\d+ api\.access_token_expire_minutes\. Review it\./,
    );
  });

  it('with --on-conflict=stop stop, name the place, and change nothing', async () => {
    change();
    const before = tree();
    const { code, document } = await desk.json('update', '--yes', '--on-conflict=stop');
    expect(code).toBe(5);
    expect(document.error).toMatchObject({
      code: 'CONFLICT',
      faults: [{ file: 'backend/config/platform.toml', key: 'api.access_token_expire_minutes' }],
    });
    expect(tree()).toEqual(before);
  });

  it('with --on-conflict=theirs take the release’s', async () => {
    change();
    await desk.run('update', '--yes', '--on-conflict=theirs');
    expect(readFileSync(platform(), 'utf8')).toContain('expire_minutes = 3600');
  });
});

describe('a release that needs a value more', () => {
  it('says which, and where it is set, before anything else', async () => {
    const templates = releaseFolder('2026.12.0');
    await registry.seedRelease({ version: '2026.12.0', tags: ['stable', '2026.12.0'] });
    const { code, stdout, stderr } = await desk.run('update', '--yes', '--templates', templates);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^SET THESE VALUES FIRST\. The release requires them:\n {2}proto\/backend\/config\//m,
    );
    const [, file = '', line = '', key = ''] =
      /^ {2}(\S+):(\d+) {2}(\S+) /m.exec(stdout.slice(stdout.indexOf('SET THESE VALUES FIRST'))) ??
      [];
    const set = readFileSync(desk.path(file), 'utf8').split('\n')[Number(line) - 1];
    expect(set).toContain(`${key.split('.').at(-1)} = `);
  });
});

describe('what an update refuses, changing nothing', () => {
  const refused = async (code: string, exit: number, ...args: string[]) => {
    const before = tree();
    const outcome = await desk.json('update', '--yes', ...args);
    expect(outcome.document.error?.code).toBe(code);
    expect(outcome.code).toBe(exit);
    expect(outcome.stderr).not.toMatch(/^ {4}at /m);
    expect(tree()).toEqual(before);
    return outcome.document.error;
  };

  it('an older release, unless it is named', async () => {
    await desk.run('update', '--yes');
    await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
    await refused('RELEASE_OLDER', 5);
    const { code } = await desk.run('update', '--yes', '--release', '2026.9.0', '--dry-run');
    expect(code).toBe(0);
  });

  it.each([
    ['2026.12.0', '2026.12.0-rc.1', /is the older 2026\.12\.0-rc\.1/],
    ['2026.12.0-rc.10', '2026.12.0-rc.9', /is the older/],
    ['2026.10.1', '2026.09.1', /is the older 2026\.09\.1/],
    ['2026.12.0', 'nightly', /cannot be compared: .* is 2026\.12\.0 here and nightly there/],
    ['nightly-1', 'nightly-2', /cannot be compared/],
  ])('a release that is or may be older: after %s, %s', async (before, after, message) => {
    await registry.seedRelease({ version: before, tags: ['mine'] });
    expect((await desk.run('update', '--yes', '--release', 'mine')).code).toBe(0);
    await registry.seedRelease({ version: after, tags: ['stable'] });
    expect((await refused('RELEASE_OLDER', 5)).message).toMatch(message);
    expect((await desk.run('update', '--release', 'stable', '--dry-run')).code).toBe(0);
  });

  it('a broken docker-compose.yml, with its place', async () => {
    edit(desk.path('proto/backend/docker-compose.yml'), 'services:', 'services: [');
    const error = await refused('COMPOSE_UNREADABLE', 5);
    expect(error.message).toMatch(/docker-compose\.yml:\d+:\d+/);
  });

  it('an override file that would point at a dropped service', async () => {
    writeFileSync(
      desk.path('proto/backend/docker-compose.override.yml'),
      'services:\n  mailer:\n    mem_limit: 1g\n',
    );
    const error = await refused('OVERRIDE_SERVICE_GONE', 5);
    expect(error.faults).toMatchObject([{ line: 2, key: 'services.mailer' }]);
  });

  it.each([
    ['an unknown release', 'RELEASE_UNKNOWN', ['--release', '2031.1.0'], undefined],
    ['a registry out of order', 'SERVICE_UNAVAILABLE', [], { kind: 'status', status: 503 }],
    [
      'a bundle that is not what its digest says',
      'REGISTRY_ANSWER_INVALID',
      [],
      { kind: 'wrong-digest' },
    ],
  ] as const)('%s', async (_what, code, args, fault) => {
    const role = fault?.kind === 'wrong-digest' ? 's3' : 'registry';
    if (fault !== undefined) registry.faults.add({ match: { role }, ...fault });
    await refused(code, 4, ...args);
  });
});

describe('a configuration file that the operator broke', () => {
  it('is left as it is, named with its place, and the rest is updated', async () => {
    edit(platform(), 'port = 5432', 'port = = 5432');
    const broken = readFileSync(platform(), 'utf8');
    const { code, document } = await desk.json('update', '--yes');
    expect(code).toBe(0);
    expect(readFileSync(platform(), 'utf8')).toBe(broken);
    const file = document.result.files.find(({ path }: { path: string }) =>
      path.endsWith('platform.toml'),
    );
    expect(file.note).toMatch(/^backend\/config\/platform\.toml:\d+:\d+: /);
  });
});

describe('update --offline', () => {
  /** An update that was refused before may still end its requests. */
  beforeEach(async () => {
    for (let seen = -1; seen !== registry.requests.length; await pause(200)) {
      seen = registry.requests.length;
    }
  });

  it('asks no server, and keeps the images that are installed', async () => {
    const asked = registry.requests.length;
    const { code } = await desk.run('update', '--yes', '--offline');
    expect(code).toBe(0);
    expect(registry.requests).toHaveLength(asked);
    const lock = JSON.parse(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8'));
    expect(lock.images.platform.version).toBe('2026.9.0');
    expect(lock.release.version).toBe('2026.11.0');
  });

  it('refuses a release with an image that no one here knows', async () => {
    const folder = releaseFolder('2026.12.0');
    const release = readFileSync(`${folder}/release.yml`, 'utf8');
    const own = desk.path('templates');
    cpSync(folder, own, { recursive: true });
    writeFileSync(`${own}/release.yml`, release.replace('repository: platform', 'repository: new'));
    const { code, document } = await desk.json('update', '--yes', '--offline', '--templates', own);
    expect(code).toBe(5);
    expect(document.error.code).toBe('OFFLINE_NOT_ENOUGH');
  });
});

describe('two at once', () => {
  it('one works, the other says who holds the installation', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'slow', delayMs: 2000 });
    const first = desk.run('update', '--yes');
    const asked = registry.requests.length;
    await expect.poll(() => registry.requests.length, { timeout: 20_000 }).toBeGreaterThan(asked);
    const second = await desk.run('update', '--yes');
    expect(second.code).toBe(6);
    expect(second.stderr).toMatch(/proto-scaffold update.*process \d+/);
    expect((await first).code).toBe(0);
  });
});
