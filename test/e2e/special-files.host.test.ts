import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { Desk, finished } from '../support/program.ts';
import { installed } from '../support/releases.ts';
import { copyWithOwners } from '../support/tree.ts';

/** A pipe, a socket or a device instead of a file: every command answers at once, with a code and what to do. */

let seed: Desk;
let desk: Desk;

beforeAll(() => {
  seed = new Desk();
  mkdirSync(seed.path('proto'));
  writeInstallation(seed.path('proto'), installed('2026.11.0', { YOUR_URL: 'a.example' }));
});
afterAll(() => seed.remove());

beforeEach(() => {
  desk = new Desk();
  desk.credentials();
  desk.putDockerStandInOnPath();
  copyWithOwners(seed.path('proto'), desk.path('proto'));
});
afterEach(() => desk.remove());

const commands = [
  ['config', 'set', 'database.port', '5433'],
  ['config', 'get', 'database.port'],
  ['config', 'list'],
  ['update', '--offline', '--yes', '--without-engine'],
  ['check'],
  ['status'],
  ['start'],
  ['history'],
  ['rollback', '--yes', '--without-engine'],
  ['backup', '--dry-run'],
  ['nginx'],
  ['uninstall', '--dry-run'],
];

/** Longer than any of these commands takes, and far shorter than for good. */
const patience = 20_000;

async function answer(args: readonly string[]): Promise<string> {
  const child = desk.spawn(...args);
  const ended = finished(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  const { code, signal, stdout, stderr } = await ended;
  clearTimeout(timer);
  const said = `${args.join(' ')}: ${signal ?? code}`;
  // A bug is not an answer, and a refusal says what to do.
  const isAnswer =
    code === 0 ||
    (code !== 1 && code !== null && /what to do: \S/.test(stderr)) ||
    /\d+ of \d+ checks/.test(stdout);
  return isAnswer ? '' : `${said}\n${stderr}`;
}

const places = [
  '.proto/guard.json',
  '.proto/lock.json',
  '.proto/journal.json',
  '.proto/home.json',
  '.proto/backups.json',
  '.proto/restore.json',
  '.proto/rotation.json',
  '.proto/base/backend/config/platform.toml',
  '.proto/base/nginx/proto.conf',
  '.proto/history/1/meta.json',
  'proto.toml',
  'backend/.env',
  'backend/docker-compose.yml',
  'backend/docker-compose.override.yml',
  'backend/config/platform.toml',
  'backend/secrets/postgres_password',
  'nginx/proto.conf',
];

/** Two commands that change something, and two of the others in turn; all of them where every command looks. */
function commandsFor(place: string): string[][] {
  if (place.endsWith('guard.json') || place.endsWith('lock.json')) return commands;
  const at = (places.indexOf(place) * 2) % (commands.length - 2);
  return commands.filter(
    (_, index) => index === 0 || index === 3 || index === at || index === at + 1,
  );
}

describe.each(places)('a named pipe as %s', (place) => {
  it('keeps no command waiting', async () => {
    const path = desk.path('proto', place);
    rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    const answers: string[] = [];
    for (const args of commandsFor(place)) answers.push(await answer(args));
    expect(answers.filter(Boolean)).toEqual([]);
  }, 300_000);
});

describe('what is not a plain file', () => {
  const path = () => desk.path('proto/.proto/guard.json');
  let server: Server | undefined;
  afterEach(() => server?.close());

  it.each([
    [
      'a socket',
      () => {
        server = createServer().listen(path());
        return new Promise((done) => server?.once('listening', done));
      },
    ],
    ['a link to a device', () => symlinkSync('/dev/zero', path())],
    [
      'a link to a pipe',
      () => {
        execFileSync('mkfifo', [desk.path('pipe')]);
        symlinkSync(desk.path('pipe'), path());
      },
    ],
    ['a folder', () => mkdirSync(path())],
  ])('is refused as the guard: %s', async (_, make) => {
    await make();
    for (const args of commands.slice(0, 1)) expect(await answer(args)).toBe('');
  });

  it.each([
    [['init', '--credentials', 'pipe']],
    [['init', '--values', 'pipe']],
    [['login', '--credentials', 'pipe']],
    [['backup', '--verify', 'pipe']],
    [['restore', 'pipe', '--dry-run']],
    [['nginx', '--certificate', 'pipe', '--certificate-key', 'pipe']],
  ])('is refused as an argument: %j', async (args) => {
    execFileSync('mkfifo', [desk.path('pipe')]);
    expect(await answer(args)).toBe('');
  });

  it('is refused as proto_credentials.json', async () => {
    rmSync(desk.path('proto_credentials.json'));
    execFileSync('mkfifo', [desk.path('proto_credentials.json')]);
    for (const args of [['init'], ['login'], ['update', '--yes']])
      expect(await answer(args)).toBe('');
  });
});
