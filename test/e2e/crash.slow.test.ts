import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
});
afterEach(() => desk.remove());

const names = () => Object.keys(desk.tree()).filter((path) => !path.includes('/'));

/** At which system call the kernel ends the program, by strace(1), and what the next init says. */
const deaths: [call: string, when: number, next: 'done' | 'INSTALLATION_EXISTS'][] = [
  // The folder that is built in, before and after it is known whose it is.
  ['mkdir', 1, 'done'],
  ['fsync', 1, 'done'],
  ['mkdir', 2, 'done'],
  ['rename', 1, 'done'],
  // The second and third are those by which `init` tries what the file system can do.
  ['rename', 3, 'done'],
  // Half of the files, all of them, half of them synced.
  ['mkdir', 5, 'done'],
  ['fsync', 8, 'done'],
  ['fsync', 40, 'done'],
  // Just before the installation is there, and just after.
  ['rename', 4, 'done'],
  ['rename', 5, 'INSTALLATION_EXISTS'],
];

describe('init that is killed', () => {
  it.each(deaths)(
    'at %s number %i: what it left is cleared away, and the next says %s',
    async (call, when, next) => {
      // strace counts in each thread by itself.
      desk.env.UV_THREADPOOL_SIZE = '1';
      desk.through = [
        ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`],
        ...['-e', `inject=${call}:signal=SIGKILL:when=${when}`],
      ];
      expect((await desk.run('init')).signal).toBe('SIGKILL');
      if (call !== 'mkdir' || when > 1) expect(names().join()).toMatch(/\.proto\.init/);

      desk.through = [];
      const { document } = await desk.json('init');
      expect(document.error?.code ?? 'done').toBe(next);
      expect(names()).toEqual(['proto', 'proto_credentials.json']);
      expect(
        Object.keys(desk.tree()).filter((path) => /lock\.json|index\.html/.test(path)),
      ).toEqual([
        'proto/.proto/lock.json',
        'proto/frontend/index.html',
        'proto/webchat/index.html',
      ]);
    },
  );
});

/** Puts a guard folder here, as another init has it. */
function putGuard(holder: object | string | undefined): void {
  mkdirSync(desk.path('.proto.init/tree'), { recursive: true });
  writeFileSync(desk.path('.proto.init/tree/file'), '');
  if (holder !== undefined) desk.write('.proto.init/holder.json', holder);
}

const dead = { pid: 1, ticks: 'x', bootId: 'x', host: hostname(), command: 'x', startedAt: 'x' };

describe('a guard folder', () => {
  it('of a process that had the same number is cleared away', async () => {
    putGuard(dead);
    expect((await desk.run('init')).code).toBe(0);
    expect(names()).toEqual(['proto', 'proto_credentials.json']);
  });

  it('of a process on another host is not, and the way out is reported', async () => {
    putGuard({ ...dead, host: 'other-host', command: 'proto-scaffold init' });
    const before = desk.tree();
    const { document, code } = await desk.json('init');
    expect([code, document.error.code]).toEqual([6, 'INSTALLATION_HELD']);
    expect(document.error.message).toContain('process 1 on other-host');
    expect(document.error.hint).toContain(
      `If other-host no longer exists, remove ${desk.path('.proto.init')} first.`,
    );
    expect(desk.tree()).toEqual(before);
  });

  it.each([
    ['no holder', undefined],
    ['a damaged holder', '{'],
    ['a holder of something else', { name: 'x' }],
  ])('with %s is none of ours, and is kept', async (_what, holder) => {
    putGuard(holder);
    const before = desk.tree();
    const { document, code } = await desk.json('init');
    expect([code, document.error.code]).toEqual([6, 'INSTALLATION_HELD']);
    expect(document.error.message).toContain(`${desk.path('.proto.init')} is in the way`);
    expect(document.error.hint).toContain('move it away');
    expect(desk.tree()).toEqual(before);
  });

  it('that is empty is not a hindrance', async () => {
    mkdirSync(desk.path('.proto.init'));
    expect((await desk.run('init')).code).toBe(0);
    expect(names()).toEqual(['proto', 'proto_credentials.json']);
  });

  it('that is a file is reported, and kept', async () => {
    desk.write('.proto.init', 'mine');
    const { document } = await desk.json('init');
    expect(document.error.code).toBe('INSTALLATION_HELD');
    expect(names()).toEqual(['.proto.init', 'proto_credentials.json']);
  });
});
