import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { publishObject, pushSignature, vendorKey } from '../support/release-object.ts';
import { releaseFolder } from '../support/releases.ts';

/** init and update from release objects in the registry. */

const key = vendorKey();
const newKey = vendorKey();
const stranger = vendorKey();
let registry: EmbeddedRegistry;
const desks: Desk[] = [];

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
afterEach(() => {
  for (const desk of desks.splice(0)) desk.remove();
});

function newDesk(keys = [key]): Desk {
  const desk = new Desk(registry);
  desk.putDockerStandInOnPath();
  trust(desk, keys);
  desks.push(desk);
  return desk;
}

function trust(desk: Desk, keys: readonly { readonly publicPem: string }[], release = 'stable') {
  const more = keys.length === 0 ? {} : { trust: { keys: keys.map((each) => each.publicPem) } };
  desk.credentials({ ...more, release });
}

async function ok(run: Promise<{ code: number | null; stdout: string; stderr: string }>) {
  const outcome = await run;
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome;
}

const lockOf = (desk: Desk) =>
  JSON.parse(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8'));
const publish = (
  version: Parameters<typeof publishObject>[1]['version'],
  sequence: number,
  more = {},
) => publishObject(registry, { version, keys: [key], change: { sequence }, ...more });

describe('a signed release', () => {
  it('is installed, kept, and named by its version', async () => {
    const { digest } = await publish('2026.10.0', 10);
    const desk = newDesk();
    const { stdout } = await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    expect(stdout).toContain('release 2026.10.0 (stable)');
    const lock = lockOf(desk);
    expect(lock.formatVersion).toBe(2);
    expect(lock.release).toEqual({ tag: 'stable', version: '2026.10.0', digest, sequence: 10 });
    expect(lock.images.platform).toMatchObject({
      repository: 'proto/platform',
      version: '2026.10.0',
    });
    const kept = desk.path('proto/.proto/release', digest.replace(':', '-'));
    expect(readdirSync(kept).sort()).toEqual([
      'config.json',
      'manifest.json',
      'ready.json',
      'signature.json',
      'templates.tar.gz',
    ]);
    expect(readFileSync(desk.path('proto/backend/docker-compose.yml'), 'utf8')).toContain(
      `/proto/platform@${lock.images.platform.digest}`,
    );
  });

  it('is what other commands read, without network and with other templates in the program', async () => {
    await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    desk.env.AWS_ENDPOINT_URL_ECR = 'http://127.0.0.1:9';
    // The mailer is a service of this release, and of no later one.
    const { document } = await desk.json('config', 'list');
    expect(JSON.stringify(document.result)).toContain('mailer.toml');
    const offline = await ok(desk.run('update', '--offline', '--yes'));
    expect(offline.stdout).toContain('Already up to date');
  });

  it('is updated with every edit, to what the channel has', async () => {
    const first = await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    mkdirSync(desk.path('proto/.proto/release', `sha256-${'0'.repeat(64)}`));
    const toml = desk.path('proto/backend/config/platform.toml');
    writeFileSync(toml, `${readFileSync(toml, 'utf8')}# mine\n`);
    const notes = '## 2026.12.0\nnew\n\n## 2026.10.0\nof-before\n';
    const { digest } = await publish('2026.12.0', 12, { notes });
    const { stdout, stderr } = await ok(desk.run('update', '--yes'));
    expect(stderr).toContain('\nRelease notes\n  ## 2026.12.0\n  new\n');
    expect(stderr).not.toContain('of-before');
    expect(stdout).toContain('Updated');
    expect(readFileSync(toml, 'utf8')).toContain('# mine\n');
    expect(existsSync(desk.path('proto/backend/config/analytics.toml'))).toBe(true);
    expect(lockOf(desk).release).toEqual({
      tag: 'stable',
      version: '2026.12.0',
      digest,
      sequence: 12,
    });
    const kept = readdirSync(desk.path('proto/.proto/release'));
    expect(kept.sort()).toEqual(
      [first.digest, digest].map((each) => each.replace(':', '-')).sort(),
    );
    const again = await ok(desk.run('update', '--yes'));
    expect(again.stdout).toContain('Already up to date');
    const back = await ok(desk.run('rollback', '--yes'));
    expect(back.stdout).toContain('2026.10.0');
    expect(lockOf(desk).release.version).toBe('2026.10.0');
    const { document } = await desk.json('config', 'list');
    expect(JSON.stringify(document.result)).toContain('mailer.toml');
  });

  it('costs one token and one HEAD where nothing is new', async () => {
    await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    const before = registry.requests.length;
    await ok(desk.run('update', '--yes'));
    const asked = registry.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    expect(asked).toEqual(['POST /', 'HEAD /v2/proto/release/manifests/stable']);
  });
});

describe('nothing is installed or changed by', () => {
  const refused = async (desk: Desk, ...args: string[]) => {
    const before = existsSync(desk.path('proto')) ? desk.tree() : undefined;
    const { code, document } = await desk.json(...args);
    expect([code, document.ok]).toEqual([4, false]);
    if (before === undefined) expect(existsSync(desk.path('proto'))).toBe(false);
    else expect(desk.tree()).toEqual(before);
    return document.error as { code: string; message: string; faults?: { message: string }[] };
  };
  const initialized = async () => {
    await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    return desk;
  };

  it.each(['init', 'update'])('an unsigned release, at %s', async (command) => {
    const desk = command === 'init' ? newDesk() : await initialized();
    await publish('2026.12.0', 12, { keys: [], notes: command });
    const error = await refused(desk, command, ...(command === 'update' ? ['--yes'] : []));
    expect(error.code).toBe('RELEASE_UNVERIFIED');
    expect(error.message).toMatch(/^proto\/release@sha256:[0-9a-f]{64} is not signed\.$/);
  });

  it.each(['init', 'update'])('one that a stranger signed, at %s', async (command) => {
    const desk = command === 'init' ? newDesk() : await initialized();
    await publish('2026.12.0', 13, { keys: [stranger], notes: command });
    const error = await refused(desk, command, ...(command === 'update' ? ['--yes'] : []));
    expect(error.code).toBe('RELEASE_UNVERIFIED');
    expect(error.faults?.map(({ message }) => message)).toEqual([
      'a signature was made with a key that is not among the trusted ones',
    ]);
  });

  it('a signature that was made for another repository', async () => {
    const desk = await initialized();
    const { digest } = await publish('2026.12.0', 14, { keys: [] });
    await pushSignature(registry, 'proto/release', digest, key, 'r.example/proto/platform');
    const error = await refused(desk, 'update', '--yes');
    expect(error.faults?.map(({ message }) => message)).toEqual([
      'a signature is for the repository "proto/platform"',
    ]);
  });

  it('a release for another namespace', async () => {
    const desk = await initialized();
    const other = { sequence: 15, namespace: 'other' };
    const { digest } = await publish('2026.12.0', 15, { keys: [], change: other, into: 'proto' });
    await pushSignature(registry, 'proto/release', digest, key);
    const error = await refused(desk, 'update', '--yes');
    expect(error.code).toBe('RELEASE_INVALID');
    expect(error.message).toMatch(/is a release for the namespace other, not for proto\.$/);
  });

  it('a registry from which the releases were deleted, or hidden', async () => {
    const desk = await initialized();
    const gone = await startRegistry();
    await gone.seedRelease();
    desk.env.AWS_ENDPOINT_URL_ECR = gone.endpoint;
    try {
      const error = await refused(desk, 'update', '--yes');
      expect(error.code).toBe('RELEASE_OBJECT_MISSING');
      const fresh = newDesk();
      fresh.env.AWS_ENDPOINT_URL_ECR = gone.endpoint;
      expect((await refused(fresh, 'init')).code).toBe('RELEASE_OBJECT_MISSING');
      // Once such a release is installed, not even without keys.
      trust(desk, []);
      expect((await refused(desk, 'update', '--yes')).code).toBe('RELEASE_OBJECT_MISSING');
    } finally {
      await gone.close();
    }
  });

  it('--templates, with keys or with such a release', async () => {
    const desk = newDesk();
    const other = ['--templates', releaseFolder('2026.9.0')];
    expect((await refused(desk, 'init', ...other)).code).toBe('TEMPLATES_REFUSED');
    const installed = await initialized();
    trust(installed, []);
    const error = await refused(installed, 'update', '--yes', ...other);
    expect(error.code).toBe('TEMPLATES_REFUSED');
  });

  it('a version that is not what its tag says', async () => {
    const desk = newDesk();
    await publish('2026.12.0', 16, { tags: ['2027.9.0'] });
    const error = await refused(desk, 'init', '--release', '2027.9.0');
    expect(error.message).toBe('The release at proto/release:2027.9.0 is 2026.12.0, not 2027.9.0.');
  });
});

describe('a key', () => {
  it('is replaced by one that is held beside it for a while', async () => {
    await publish('2026.10.0', 10);
    const desk = newDesk([key, newKey]);
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    await publish('2026.12.0', 12, { keys: [newKey] });
    await ok(desk.run('update', '--yes'));
    expect(lockOf(desk).release.version).toBe('2026.12.0');
  });

  it.each([
    ['is not a key', 'x', /is not the PEM of a public key/],
    [
      'is damaged',
      key.publicPem.replace(
        /(MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE).{20}/,
        '$1AAAAAAAAAAAAAAAAAAAA',
      ),
      /is damaged/,
    ],
  ])('that %s is refused', async (_what, pem, message) => {
    const desk = newDesk();
    trust(desk, [{ publicPem: pem }]);
    const { code, document } = await desk.json('init');
    expect([code, document.error.code]).toEqual([2, 'CREDENTIALS_INVALID']);
    expect(JSON.stringify(document.error)).toMatch(message);
  });

  it('that is not there is said: nothing was verified', async () => {
    await publish('2026.10.0', 10, { keys: [] });
    const desk = newDesk([]);
    const { stderr } = await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    expect(stderr).toContain('note: Release 2026.10.0 was not verified');
  });
});

describe('a channel', () => {
  it('never leads to an earlier release, and --release may', async () => {
    await publish('2026.12.0', 12);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    await publish('2026.10.0', 10);
    const { code, document } = await desk.json('update', '--yes');
    expect([code, document.error.code]).toEqual([5, 'RELEASE_OLDER']);
    const chosen = await ok(desk.run('update', '--yes', '--release', '2026.10.0'));
    expect(chosen.stderr).toContain('Release 2026.10.0 is earlier than 2026.12.0');
    expect(lockOf(desk).release).toMatchObject({ tag: '2026.10.0', sequence: 10 });
  });

  it('cannot mix two releases, wherever it moves meanwhile', async () => {
    await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    await publish('2026.12.0', 12);
    const before = registry.requests.length;
    await ok(desk.run('update', '--yes'));
    const tags = registry.requests
      .slice(before)
      .flatMap(({ path }) => /manifests\/(?!sha256)([^/]+)$/.exec(path)?.[1] ?? []);
    expect(tags).toEqual(['stable']);
  });
});

describe('a release that needs another first', () => {
  const chain = async () => {
    await publish('2026.9.0', 9);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    await publish('2026.11.0', 11, { tags: ['2026.11.0'] });
    await publish('2026.12.0', 12, { change: { sequence: 12, requiredFrom: '2026.11.0' } });
    return desk;
  };

  it('is reached in steps, which are shown first, and each is a whole update', async () => {
    const desk = await chain();
    const { document } = await desk.json('update', '--dry-run');
    expect(document.result).toMatchObject({
      release: { version: '2026.11.0' },
      later: ['2026.12.0'],
    });
    const first = await ok(desk.run('update', '--yes'));
    expect(first.stderr).toContain(
      [
        'Release 2026.12.0 needs others first. The update has 2 steps:',
        '  1. 2026.9.0 → 2026.11.0  the plan below',
        '  2. 2026.11.0 → 2026.12.0  once the platform has run with 2026.11.0',
      ].join('\n'),
    );
    expect(first.stdout).toContain(
      'Once it is running, go on with release 2026.12.0: proto-scaffold update\n',
    );
    expect(lockOf(desk).release).toMatchObject({ tag: '2026.11.0', sequence: 11 });
    const second = await ok(desk.run('update', '--yes'));
    expect(second.stderr).not.toContain('needs others first');
    expect(lockOf(desk).release).toMatchObject({ tag: 'stable', sequence: 12 });
  });

  it('is reached at once by whoever has that one', async () => {
    await publish('2026.11.0', 11);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    await publish('2026.12.0', 12, { change: { sequence: 12, requiredFrom: '2026.11.0' } });
    await ok(desk.run('update', '--yes'));
    expect(lockOf(desk).release.version).toBe('2026.12.0');
  });

  it.each([
    ['a release that does not exist', '2026.10.5', 'RELEASE_UNKNOWN'],
    ['itself', '2026.12.0', 'RELEASE_INVALID'],
  ])('is refused if that is %s', async (_what, requiredFrom, code) => {
    const desk = await chain();
    await publish('2026.12.0', 13, { change: { sequence: 13, requiredFrom } });
    const before = desk.tree();
    const { document } = await desk.json('update', '--yes');
    expect(document.error.code).toBe(code);
    expect(desk.tree()).toEqual(before);
  });
});

describe('who signed what is installed', () => {
  it('is said by status and check, and is a finding once the credentials do not have the key', async () => {
    await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    const { fingerprint } = key.trusted;
    const { document } = await desk.json('status');
    expect(document.result.release).toMatchObject({ version: '2026.10.0', signedBy: fingerprint });
    const finding = async () => {
      const { document } = await desk.json('check');
      const all = document.result.findings as { id: string; state: string; found: string }[];
      return all.find(({ id }) => id === 'release-signature');
    };
    expect(await finding()).toMatchObject({
      state: 'ok',
      found: `signed with the key ${fingerprint}`,
    });
    trust(desk, [newKey]);
    expect(await finding()).toMatchObject({
      state: 'failed',
      found: `It is signed with the key ${fingerprint}, which the credentials do not contain`,
    });
    trust(desk, []);
    expect(await finding()).toMatchObject({
      state: 'failed',
      found: expect.stringMatching(/^Nothing was verified/),
    });
  });
});

describe('what is kept of a release', () => {
  it('is fetched again where it was damaged', async () => {
    const { digest } = await publish('2026.10.0', 10);
    const desk = newDesk();
    await ok(desk.run('init', '--url', 'chat.example-bank.com'));
    const kept = desk.path('proto/.proto/release', digest.replace(':', '-'));
    for (const name of ['ready.json', 'templates.tar.gz']) writeFileSync(`${kept}/${name}`, 'x');
    const { code, document } = await desk.json('config', 'list');
    expect([code, document.error.code]).toEqual([2, 'RELEASE_DAMAGED']);
    await ok(desk.run('update', '--yes'));
    expect((await desk.json('config', 'list')).code).toBe(0);
  });
});

describe('an installation of format 1', () => {
  it('is brought over by the next update', async () => {
    const old = await startRegistry();
    const desk = new Desk(old);
    desks.push(desk);
    desk.putDockerStandInOnPath();
    desk.credentials();
    try {
      await old.seedRelease();
      await ok(desk.run('init', '--url', 'chat.example-bank.com'));
      const path = desk.path('proto/.proto/lock.json');
      const lock = lockOf(desk);
      const { tag, version } = lock.release;
      writeFileSync(
        path,
        JSON.stringify({ ...lock, formatVersion: 1, release: { tag, templates: version } }),
      );
      const { digest } = await publishObject(old, { version: '2026.12.0', keys: [key] });
      trust(desk, [key]);
      await ok(desk.run('update', '--yes'));
      expect(lockOf(desk)).toMatchObject({
        formatVersion: 2,
        release: { tag: 'stable', version: '2026.12.0', digest, sequence: 1 },
      });
    } finally {
      await old.close();
    }
  });
});
