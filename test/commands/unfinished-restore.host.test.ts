import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { DockerStandIn } from '../support/docker-stand-in.ts';
import { Desk } from '../support/program.ts';
import { installed } from '../support/releases.ts';

/** What the commands say and do where a restore was interrupted, by a docker that can or cannot help. */

const journal = 'proto/.proto/staging/journal.json';
const marker = 'proto/.proto/restore.json';
const noEngine = {
  to: 'ps ',
  code: 1,
  stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.',
};
let desk: Desk;

beforeEach(() => {
  desk = new Desk();
  writeInstallation(desk.path('proto'), installed('2026.11.0', { YOUR_URL: 'a.example' }));
  writeMarker({});
  mkdirSync(desk.path('proto/.proto/staging'), { recursive: true });
  writeJournal('0'.repeat(64));
});
afterEach(() => desk.remove());

/** Of a change whose lock.json would have this SHA-256. */
function writeJournal(after: string): void {
  const holder = { pid: 1, host: 'a', startedAt: '2026-11-26T13:59:22.123Z' };
  const steps = [{ kind: 'write', path: '.proto/lock.json', before: null, after }];
  const more = { direction: 'forward', why: 'restore of /b.tar', holder, history: 1, expired: [] };
  writeFileSync(desk.path(journal), JSON.stringify({ formatVersion: 1, ...more, steps }));
}

function writeMarker(rest: object): void {
  const at = '2026-11-26T13:59:22.123Z';
  const more = { lock: '0'.repeat(64), volumes: ['data'], roles: '', databaseAt: at, ...rest };
  const text = JSON.stringify({ formatVersion: 1, file: '/b.tar', startedAt: at, rest: more });
  writeFileSync(desk.path(marker), text, { mode: 0o600 });
}

const set = () => desk.json('config', 'set', 'openai.provider', 'azure');

describe('a restore that was interrupted', () => {
  it('holds every change up until it can be completed, and keeps what it needs for that', async () => {
    new DockerStandIn(desk, [noEngine]);
    const { document, code } = await set();
    expect([code, document.error.code]).toEqual([3, 'RESTORE_UNFINISHED']);
    expect(document.error.message).toContain('The Docker Engine is not responding');
    expect(document.error.hint).toContain('It completes the restore first');
    expect([existsSync(desk.path(journal)), existsSync(desk.path(marker))]).toEqual([true, true]);
  });

  it('is given up where the platform has been started since, and has to be made again', async () => {
    const inspected = { to: 'container inspect', stdout: '[]' };
    new DockerStandIn(desk, [inspected, { to: 'ps ', stdout: 'id' }]);
    const { document, code } = await set();
    expect(code).toBe(0);
    const notices = document.notices.join('\n');
    expect(notices).toContain('could not be completed: the platform is running.');
    expect(notices).toContain('Run `proto-scaffold restore /b.tar` again');
    expect(existsSync(desk.path(journal))).toBe(false);
  });

  it('does not take what another change has prepared for its own', async () => {
    writeJournal('1'.repeat(64));
    new DockerStandIn(desk, [noEngine]);
    const { document, code } = await set();
    expect([code, document.notices.join()]).toEqual([
      0,
      expect.stringContaining('Run `proto-scaffold restore /b.tar` again'),
    ]);
    expect(existsSync(desk.path(journal))).toBe(false);
  });

  it.each([
    ['restore', 'nothing.tar', '--yes'],
    ['uninstall', '--yes'],
  ])(
    'is still there for the next command after one that would take its place has failed: %s',
    async (...command) => {
      new DockerStandIn(desk, [noEngine]);
      const { document } = await desk.json(...command);
      expect(document.ok).toBe(false);
      expect(document.notices.join()).toContain(
        'could not be completed: The Docker Engine is not responding',
      );
      expect([existsSync(desk.path(journal)), existsSync(desk.path(marker))]).toEqual([true, true]);
    },
  );

  it('says of a mark that is not a text what it says of a damaged one', async () => {
    writeFileSync(desk.path(marker), Buffer.from([0xff, 0xfe]));
    new DockerStandIn(desk, [noEngine]);
    const { document } = await desk.json('status');
    expect(document.notices.join()).toContain('Run `proto-scaffold restore` again');
  });

  it('is reported by status, with what completes it', async () => {
    new DockerStandIn(desk, [noEngine]);
    const { document, code } = await desk.json('status');
    expect([code, document.result.engine]).toEqual([3, false]);
    expect(document.notices.join()).toContain('`proto-scaffold stop`');
    expect(existsSync(desk.path(journal))).toBe(true);
  });

  it('is not a matter any more once data and files are in place, whatever was changed since', async () => {
    writeMarker({ inPlace: true });
    writeFileSync(desk.path(journal), '');
    new DockerStandIn(desk, [noEngine]);
    const { document } = await desk.json('status');
    const notices = document.notices.join();
    expect(notices).toContain('is complete, but the replaced data');
    expect(notices).not.toContain('interrupted');
  });

  it('is remembered as in place where only what it replaced is left', async () => {
    const lock = readFileSync(desk.path('proto/.proto/lock.json'));
    writeMarker({ lock: createHash('sha256').update(lock).digest('hex') });
    rmSync(desk.path('proto/.proto/staging'), { recursive: true });
    new DockerStandIn(desk, [noEngine]);
    const { document, code } = await set();
    expect(code).toBe(0);
    expect(document.notices.join()).toContain(
      'is complete, but the replaced data could not be removed',
    );
    expect(JSON.parse(readFileSync(desk.path(marker), 'utf8')).rest.inPlace).toBe(true);
  });
});

describe('a rotation that was interrupted', () => {
  const rotation = 'proto/.proto/rotation.json';
  const platform = 'backend/config/platform.toml';
  const writeRotation = (sha256: string) =>
    writeFileSync(
      desk.path(rotation),
      JSON.stringify({
        ...{ formatVersion: 1, name: 'database.password', startedAt: '2026-11-26T13:59:22.123Z' },
        files: { [platform]: sha256 },
      }),
    );

  beforeEach(() => rmSync(desk.path(marker)));

  it('is reported by status, too', async () => {
    writeRotation('0'.repeat(64));
    new DockerStandIn(desk, [noEngine]);
    const { document } = await desk.json('status');
    expect(document.notices.join()).toContain('`proto-scaffold config rotate database.password`');
  });

  it('is none where a crash was completed and its files are in place, and its mark goes', async () => {
    const text = readFileSync(desk.path('proto', platform));
    writeRotation(createHash('sha256').update(text).digest('hex'));
    new DockerStandIn(desk, [noEngine]);
    expect((await desk.json('status')).document.notices.join()).not.toContain('rotation');
    expect(existsSync(desk.path(rotation))).toBe(true);
    expect((await set()).document.notices).toEqual([]);
    expect(existsSync(desk.path(rotation))).toBe(false);
  });
});
