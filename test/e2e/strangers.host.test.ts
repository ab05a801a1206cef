import { chmodSync, chownSync, lchownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asOrdinaryUser } from '../support/hosts.ts';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** Users that the program does not know, and files that belong to others. These tests run as root. */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
});
afterEach(() => desk.remove());

const stranger = 12_345;
const give = (path: string, uid: number) => chownSync(path, uid, uid);

function giveAll(path: string, uid: number): void {
  lchownSync(path, uid, uid);
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(path, entry), uid, uid);
  }
}

describe("another user's installation", () => {
  beforeEach(async () => {
    expect((await desk.run('init')).code).toBe(0);
    giveAll(desk.path('proto'), stranger);
  });

  it.each(['.', 'proto', 'proto/backend'])(
    'found from %s is not used, unless it is named',
    async (from) => {
      for (const command of ['history', 'status', 'start', 'check', 'stop']) {
        const { code, stderr } = await desk.runIn(desk.path(from), command);
        expect([code, stderr], command).toEqual([
          2,
          expect.stringContaining('INSTALLATION_FOREIGN'),
        ]);
        expect(stderr).toContain(`--dir ${desk.path('proto')}`);
      }
      const named = await desk.runIn(desk.path(from), 'history', '--dir', desk.path('proto'));
      expect(named.code, named.stderr).toBe(0);
      desk.env.SUDO_UID = String(stranger);
      expect((await desk.runIn(desk.path(from), 'history')).code).toBe(0);
    },
  );

  it.each([
    ['the folder alone', 'proto', 0],
    ['the state alone', 'proto/.proto', 0],
  ])('is foreign where %s is', async (_what, path, own) => {
    giveAll(desk.path('proto'), own);
    chownSync(desk.path(path), stranger, stranger);
    const { stderr } = await desk.run('history');
    expect(stderr).toContain('INSTALLATION_FOREIGN');
  });

  it('is not made ours by a variable of a user without rights', async () => {
    chmodSync(desk.path('proto/.proto'), 0o755);
    chmodSync(desk.path('proto/.proto/lock.json'), 0o644);
    asOrdinaryUser(desk, give);
    desk.env.SUDO_UID = String(stranger);
    expect((await desk.run('history')).stderr).toContain('INSTALLATION_FOREIGN');
  });
});

describe('a user id without a name', () => {
  it.each([undefined, ''])('can do everything, with HOME %j', async (home) => {
    giveAll(desk.folder, stranger);
    desk.through = ['setpriv', `--reuid=${stranger}`, `--regid=${stranger}`, '--clear-groups'];
    desk.env.HOME = home;
    const init = await desk.run('init');
    expect(init.code, init.stderr).toBe(0);
    for (const args of [['check'], ['status'], ['update', '--dry-run'], ['start'], ['history']]) {
      const { stderr } = await desk.run(...args);
      expect(stderr, args.join(' ')).not.toMatch(/This is a bug|SystemError|getpwuid/);
    }
  });
});

it('init refuses a parent folder that it may write to but not list, before it has made anything', async () => {
  mkdirSync(desk.path('drop'));
  asOrdinaryUser(desk, give);
  chownSync(desk.path('drop'), 65_534, 65_534);
  chownSync(desk.path('proto_credentials.json'), 65_534, 65_534);
  chmodSync(desk.path('drop'), 0o300);
  const { code, document } = await desk.json('init', 'drop/proto');
  expect([code, document.error.code]).toEqual([3, 'FOLDER_READ_ONLY']);
  expect(document.error.message).toContain('permission to list');
  expect(readdirSync(desk.path('drop'))).toEqual([]);
});
