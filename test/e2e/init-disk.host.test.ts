import { chownSync, mkdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withoutHostNotices } from '../support/host-notices.ts';
import { asOrdinaryUser, inOwnMounts } from '../support/hosts.ts';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  const filling = { path: 'large.bin', content: Buffer.alloc(3 * 1024 * 1024, 'x') };
  await registry.seedRelease({ bundles: ['webchat', { name: 'web-app', content: [filling] }] });
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  mkdirSync(desk.path('disk'));
});
afterEach(() => desk.remove());

describe('a folder mounted read-only', () => {
  it('is refused before anybody is asked', async () => {
    const asked = registry.requests.length;
    inOwnMounts(desk, 'mount --bind disk disk; mount -o remount,bind,ro disk; exec "$@"');
    const { document, code } = await desk.json('init', 'disk/proto');
    expect(code).toBe(3);
    expect(document.error).toMatchObject({ code: 'FOLDER_READ_ONLY', exitCode: 3 });
    expect(document.error.message).toMatch(/disk: read-only file system \(EROFS/);
    expect(registry.requests.length).toBe(asked);
  });
});

describe('a disk mounted at the target', () => {
  it.each(['tmpfs', 'tmpfs with lost+found'])('takes an installation (%s)', async (kind) => {
    const script = [
      'mount -t tmpfs tmpfs disk',
      ...(kind === 'tmpfs' ? [] : ['mkdir disk/lost+found']),
      '"$@"',
      'test -f disk/.proto/lock.json; test ! -e disk/.proto-init; test -f disk/backend/docker-compose.yml',
    ];
    inOwnMounts(desk, script.join('\n'));
    const { code, stderr } = await desk.run('init', 'disk');
    expect(code, stderr).toBe(0);
  });

  it('takes an installation in a folder of its own', async () => {
    inOwnMounts(desk, 'mount -t tmpfs tmpfs disk; "$@"; test -f disk/proto/.proto/lock.json');
    const { code, stderr } = await desk.run('init', 'disk/proto');
    expect(code, stderr).toBe(0);
  });
});

/** So small a disk is reported of before anything is begun; these tests are about what comes after. */
const anyway = ['--ignore', 'disk-installation'];

describe('a disk with little room', () => {
  it('stops init before anybody is asked, with nothing left behind', async () => {
    inOwnMounts(
      desk,
      'mount -t tmpfs -o size=100m tmpfs disk; "$@" || { test -z "$(ls -A disk)"; exit 3; }',
    );
    const { code, document } = await desk.json('init', 'disk/proto');
    expect(code).toBe(3);
    expect(document.error).toMatchObject({
      code: 'CHECK_FAILED',
      message: 'This host is not ready: disk-installation.',
      hint: 'Free some space, or choose a folder on a larger disk.',
    });
    expect(document.error.faults[0]).toEqual({
      file: 'disk-installation',
      message: `0.1 GB free at ${desk.path('disk')}; the vendor asks for 20 GB`,
    });
  });
});

describe('a full disk', () => {
  // What is rendered takes some 60 KB, the archive and its content some 3 MB.
  it.each(['16k', '64k', '1m', '2m'])(
    'of %s leaves nothing behind, and the same command works once there is room',
    async (size) => {
      inOwnMounts(
        desk,
        [
          `mount -t tmpfs -o size=${size} tmpfs disk`,
          'status=0; "$@" || status=$?',
          'test "$status" = 3 && test -z "$(ls -A disk)"',
          'mount -o remount,size=20m disk',
          '"$@"; test -f disk/proto/.proto/lock.json; test "$(ls -A disk)" = proto',
        ].join('\n'),
      );
      const { code, stderr } = await desk.run('init', 'disk/proto', ...anyway);
      expect(stderr).toMatch(
        /^error: .*disk\S*(: no space left on device \(ENOSPC, \w+\)|\. A part of the disk is kept free for others)\. \[DISK_FULL\]$/m,
      );
      expect(stderr).toMatch(/^what to do: Free some space, then run the command again/m);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(code, stderr).toBe(0);
    },
  );

  it('without inodes is the same', async () => {
    inOwnMounts(
      desk,
      'mount -t tmpfs -o nr_inodes=20 tmpfs disk; "$@" || test -z "$(ls -A disk)" && exit 3',
    );
    const { code, stderr } = await desk.run('init', 'disk/proto', ...anyway);
    expect(stderr).toContain('[DISK_FULL]');
    expect(code).toBe(3);
  });

  it("where Docker's config lies is reported as that, and leaves nothing behind", async () => {
    mkdirSync(desk.path('.docker'));
    inOwnMounts(
      desk,
      'mount -t tmpfs -o size=4k tmpfs .docker; head -c 4000 /dev/zero >.docker/x; exec "$@"',
    );
    const before = desk.tree();
    const { document } = await desk.json('init');
    expect(document.error.code).toBe('DISK_FULL');
    expect(document.error.message).toMatch(
      /No space left on the disk that holds Docker's config\.json/,
    );
    expect(desk.tree()).toEqual(before);
  });
});

describe('a user without rights', () => {
  beforeEach(() => asOrdinaryUser(desk, (path, uid) => ownAll(path, uid)));

  const ownAll = (path: string, uid: number) => {
    for (const name of ['', 'proto_credentials.json', 'disk']) {
      chownSync(`${path}/${name}`, uid, uid);
    }
  };

  it('makes an installation that is its own', async () => {
    const { code, stderr, document } = await desk.json('init');
    expect(code, stderr).toBe(0);
    expect(withoutHostNotices(document.notices)).toEqual([]);
  });

  it.each([
    ['may not write beside the target', () => chownSync(desk.path('disk'), 0, 0), 'disk/proto'],
  ])('who %s is reported so before anybody is asked', async (_what, set, target) => {
    set();
    const asked = registry.requests.length;
    const before = desk.tree();
    const { document } = await desk.json('init', target);
    expect(document.error).toMatchObject({
      code: 'FOLDER_READ_ONLY',
      message: `You do not have permission to write to ${desk.path('disk')}.`,
      hint: expect.stringContaining('The installation is built next to its final location'),
    });
    expect(registry.requests.length).toBe(asked);
    expect(desk.tree()).toEqual(before);
  });

  it.each([
    ['proto_credentials.json', []],
    ['values.toml', ['--values', 'values.toml']],
  ])('who may not read %s is reported so', async (name, args) => {
    if (name === 'values.toml') desk.write(name, '', 0o600);
    chownSync(desk.path(name), 0, 0);
    const { document } = await desk.json('init', ...args);
    expect(document.error).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `You do not have permission to read ${desk.path(name)}.`,
    });
  });

  it("who do not have permission to write Docker's config is reported so, and nothing is left behind", async () => {
    mkdirSync(desk.path('.docker'), { mode: 0o755 });
    const before = desk.tree();
    const { document } = await desk.json('init');
    expect(document.error).toMatchObject({ code: 'FOLDER_READ_ONLY', exitCode: 3 });
    expect(document.error.message).toMatch(/do not have permission to write Docker's config\.json/);
    expect(desk.tree()).toEqual(before);
  });

  it("whose Docker's config belongs to root keeps it as it is", async () => {
    mkdirSync(desk.path('.docker'));
    chownSync(desk.path('.docker'), 65534, 65534);
    const config = desk.write(
      '.docker/config.json',
      '{"auths":{"ghcr.io":{"auth":"YTpi"}}}',
      0o600,
    );
    const { document } = await desk.json('init');
    expect(document.error).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `You do not have permission to read ${config}.`,
    });
    expect(document.error.hint).toContain('sudo docker login');
  });
});
