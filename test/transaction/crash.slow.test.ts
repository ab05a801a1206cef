import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nextNumber } from '../../src/transaction/history.ts';
import { recover } from '../../src/transaction/recover.ts';
import { buildDriver, inject, kill, type Point, points } from '../support/crash/strace.ts';
import { expectNextChangeWorks, expectWhole, held } from '../support/crash/whole.ts';
import {
  added,
  after,
  before,
  dropped,
  makeInstallation,
  platform,
  put,
  readPresentTree,
  readTree,
  temporaryFolder,
} from '../support/small-installation.ts';
import { copyWithOwners } from '../support/tree.ts';

/** A change that is killed, or refused, at every system call by which it touches the disk. */

const desk = temporaryFolder();
afterAll(() => rmSync(desk, { recursive: true, force: true }));
const driver = buildDriver(desk);
const touching = ['rename', 'link', 'unlink', 'rmdir', 'mkdir', 'fsync'];

const counted = makeInstallation(join(desk, 'counted'));
const all = points([driver, 'apply', counted], join(desk, 'counted.log'), touching);
/** From here on the change is to be completed. */
const journal = all.findIndex(({ line }) => putsInPlace(line, 'journal.json'));

function putsInPlace(line: string, name: string): boolean {
  return / rename\(/.test(line) && line.includes(`/.proto/${name}") = `);
}

/** Of the points that lead to the same the run of every day takes some. */
function some(points: readonly Point[], oneOf: number): Point[] {
  const step = process.env.PROTO_TEST_EVERY_POINT === '1' ? 1 : oneOf;
  return points.filter((_, index) => index % step === 0);
}

/** Two at a time, each in a folder of its own, which is removed. */
async function forEach(
  chosen: readonly Point[],
  use: (point: Point, folder: string) => Promise<void>,
): Promise<void> {
  const waiting = [...chosen.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const folder = join(desk, `proto-${next[0]}`);
      await use(next[1], folder);
      rmSync(folder, { recursive: true });
    }
  };
  await Promise.all([worker(), worker()]);
}

/** Runs the driver with faults. */
function run(what: string, folder: string, ...faults: string[]) {
  return inject([driver, what, folder], `${folder}.log`, faults);
}

/** Kills the change at a point after its journal is in place, and leaves it so. */
async function makeCutShort(folder: string, at = journal + 1): Promise<string> {
  makeInstallation(folder);
  const { killed } = await run('apply', folder, kill(all[at] as Point));
  expect(killed).toBe(true);
  expect(existsSync(join(folder, '.proto/journal.json'))).toBe(true);
  return folder;
}

describe('a change that is killed', () => {
  it('at any point is wholly made, or not at all, once the next command has looked', async () => {
    const outcomes = new Map<Point, string>();
    const chosen = [...some(all.slice(0, journal - 2), 6), ...all.slice(journal - 2)];
    await forEach(chosen, async (point, folder) => {
      makeInstallation(folder);
      const { killed } = await run('apply', folder, kill(point));
      expect(killed, point.line).toBe(true);
      await held(folder, (guard) => recover(folder, guard));
      outcomes.set(point, await expectWhole(folder));
      await expectNextChangeWorks(folder);
    });
    for (const point of chosen) {
      const expected = all.indexOf(point) <= journal ? 'old' : 'new';
      expect(outcomes.get(point), point.line).toBe(expected);
    }
  }, 600_000);

  it('while it is being completed is completed by the command after that', async () => {
    const cutShort = await makeCutShort(join(desk, 'cut-short'));
    const copy = (folder: string) => copyWithOwners(cutShort, folder);
    copy(join(desk, 'counted-recovery'));
    const arguments_ = [driver, 'recover', join(desk, 'counted-recovery')];
    await forEach(
      some(points(arguments_, join(desk, 'log'), touching), 2),
      async (point, folder) => {
        copy(folder);
        const { killed } = await run('recover', folder, kill(point));
        expect(killed, point.line).toBe(true);
        await held(folder, (guard) => recover(folder, guard));
        expect(await expectWhole(folder), point.line).toBe('new');
      },
    );
  }, 600_000);

  it('loses no file that the operator saved before it was completed', async () => {
    const folder = await makeCutShort(join(desk, 'late'));
    put(folder, platform, 'saved late\n');
    put(folder, dropped, 'dropped late\n');
    put(folder, added, 'made late\n');
    put(folder, '.proto/lock.json', 'lock late\n');
    const recovered = await held(folder, (guard) => recover(folder, guard));
    expect(recovered).toMatchObject({ why: 'update to 2026.12.0', outcome: 'completed' });
    expect(await expectWhole(folder)).toBe('new');
    const kept = recovered?.concurrentEdits.map(({ path, keptAs }) => [
      path,
      readTree(folder)[keptAs],
    ]);
    expect(kept).toEqual(
      [
        [platform, 'saved late\n'],
        [added, 'made late\n'],
        ['.proto/lock.json', 'lock late\n'],
        [dropped, 'dropped late\n'],
      ].sort(),
    );
  });
});

describe('a change that was killed near its end', () => {
  it('leaves alone what the operator did where it was done already', async () => {
    const at = all.findIndex(({ line }) => putsInPlace(line, 'lock.json'));
    const folder = await makeCutShort(join(desk, 'late-end'), at);
    put(folder, dropped, 'made again\n');
    put(folder, platform, 'saved on top of the new one\n');
    rmSync(join(folder, added));
    const recovered = await held(folder, (guard) => recover(folder, guard));
    expect(recovered).toMatchObject({ outcome: 'completed', concurrentEdits: [] });
    const { [added]: _, ...rest } = after;
    expect(readPresentTree(folder)).toEqual({
      ...rest,
      [dropped]: 'made again\n',
      [platform]: 'saved on top of the new one\n',
    });
  });
});

describe('a change that is refused', () => {
  const fault = ({ syscall, when }: Point, error: string) =>
    `${syscall}:error=${error}:when=${when}`;
  const later = all.slice(journal + 1);
  const lockRenamed = later.findIndex(({ line }) => putsInPlace(line, 'lock.json'));

  it('at any rename is taken back, and says so', async () => {
    // What clears away after the change works below an open folder. Its failures are no reason to take anything back.
    const renames = later.filter(
      ({ syscall, line }) => syscall === 'rename' && !line.includes('/proc/self/fd/'),
    );
    expect(renames.length).toBeGreaterThan(7);
    await forEach(renames, async (point, folder) => {
      makeInstallation(folder);
      const { stdout } = await run('apply', folder, fault(point, 'EPERM'));
      expect(stdout, point.line).toMatch(/^FOLDER_READ_ONLY: .*All changes were rolled back/);
      expect(await expectWhole(folder), point.line).toBe('old');
      await expectNextChangeWorks(folder);
    });
  }, 120_000);

  it('and killed while it is taken back is taken back by the next command', async () => {
    // The last rename, and the sync after it: then most there is has to be taken back.
    const refusals = [
      fault(later[lockRenamed] as Point, 'EPERM'),
      fault(later[lockRenamed + 1] as Point, 'EIO'),
    ];
    for (const refusal of refusals) {
      const counted = makeInstallation(join(desk, 'counted-undo'));
      const apply = [driver, 'apply', counted];
      const calls = points(apply, join(desk, 'log'), touching, [refusal]);
      const refused = calls.findIndex(({ line }) => line.endsWith('(INJECTED)'));
      const undoing = calls
        .slice(refused + 1)
        .filter(({ syscall }) => !refusal.startsWith(syscall));
      expect(undoing.length).toBeGreaterThan(8);
      await forEach(some(undoing, 3), async (point, folder) => {
        makeInstallation(folder);
        const { killed } = await run('apply', folder, refusal, kill(point));
        expect(killed, point.line).toBe(true);
        await held(folder, (guard) => recover(folder, guard));
        expect(['old', 'new'], point.line).toContain(await expectWhole(folder));
        await expectNextChangeWorks(folder);
      });
    }
  }, 240_000);

  it('and killed while it is taken back loses nothing that the operator saves then', async () => {
    const refusal = fault(later[lockRenamed] as Point, 'EPERM');
    const folder = makeInstallation(join(desk, 'late-undo'));
    const calls = points([driver, 'apply', folder], join(desk, 'log'), touching, [refusal]);
    const turned = calls.findIndex(({ line }) => / rename\(.*\/journal-back\.json"/.test(line));
    makeInstallation(folder);
    // The sync after the journal was turned back.
    const { killed } = await run('apply', folder, refusal, kill(calls[turned + 1] as Point));
    expect(killed).toBe(true);
    put(folder, platform, 'saved late\n');
    put(folder, added, 'key late\n');
    put(folder, dropped, 'dropped late\n');
    put(folder, 'frontend/mine.html', 'page late\n');
    put(folder, '.proto/lock.json', 'not replaced yet, so it stays\n');
    const recovered = await held(folder, (guard) => recover(folder, guard));
    expect(recovered?.outcome).toBe('undone');
    const kept = recovered?.concurrentEdits.map(({ path, keptAs }) => [
      path,
      readTree(folder)[keptAs],
    ]);
    expect(kept).toEqual([
      [platform, 'saved late\n'],
      [added, 'key late\n'],
      ['frontend/index.html', 'new page\n'],
      ['frontend/mine.html', 'page late\n'],
      [dropped, 'dropped late\n'],
    ]);
    expect(readPresentTree(folder)).toEqual({
      ...before,
      '.proto/lock.json': 'not replaced yet, so it stays\n',
    });
    expect(recovered?.concurrentEdits[0]?.keptAs).toBe(`.proto/history/late-1/${platform}`);
    await expectNextChangeWorks(folder);
    expect(await nextNumber(folder)).toBe(3);
  });

  it('for want of space leaves all as it was', async () => {
    const folder = makeInstallation(join(desk, 'full'));
    const calls = points([driver, 'apply', folder], join(desk, 'log'), ['write']);
    const paths = calls.flatMap(({ line }) => /<([^>]*\/staging\/[^>]*)>/.exec(line)?.[1] ?? []);
    // What fills a bundle's folder is not the transaction.
    const written = new Set(paths.filter((path) => !path.includes('frontend')));
    expect(written.size).toBeGreaterThan(8);
    for (const path of written) {
      makeInstallation(folder);
      const { stdout } = await inject(
        [driver, 'apply', folder],
        `${folder}.log`,
        ['write:error=ENOSPC:when=1'],
        path,
      );
      expect(stdout, path).toMatch(/^DISK_FULL: /);
      expect(await expectWhole(folder), path).toBe('old');
    }
  }, 120_000);
});
