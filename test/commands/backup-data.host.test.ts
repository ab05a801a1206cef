import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataEngine } from '../support/data-engine/index.ts';
import type { Desk } from '../support/program.ts';
import { Scene } from '../torture/scene.ts';

/** `backup` and `restore` of a platform with data, on a stand-in for the engine that keeps the data in folders. */

let scene: Scene;
let desk: Desk;
let engine: DataEngine;

beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());
beforeEach(() => {
  desk = scene.desk('restorable');
  engine = new DataEngine(desk);
});
afterEach(() => {
  vi.restoreAllMocks();
  desk.remove();
});

/** The engine answers these command lines in another way: lines of a shell's `case`. */
function answerFirst(...cases: string[]): void {
  const docker = desk.path('.bin/docker');
  const [shebang, ...rest] = readFileSync(docker, 'utf8').split('\n');
  const text = [shebang, 'case "$*" in', ...cases, 'esac', ...rest].join('\n');
  writeFileSync(docker, text);
}

const recorded = (): { file: string; bytes: number }[] =>
  JSON.parse(readFileSync(desk.path('proto/.proto/backups.json'), 'utf8')).backups;
const partsOf = async (file: string): Promise<{ name: string; kind: string }[]> =>
  (await desk.json('backup', '--verify', file)).document.result.parts;
const kindsIn = async (file: string) => (await partsOf(file)).map(({ kind }) => kind);
/** Files in which a restore has kept what it replaced. */
const kept = () => Object.keys(desk.tree()).filter((name) => name.startsWith('proto-before-'));

describe('backup', () => {
  it('holds files, database and bucket, in this order, and is recorded before it is said', async () => {
    const { code, document, stderr } = await desk.json('backup', 'made.tar');
    expect(code, stderr).toBe(0);
    expect(await kindsIn('made.tar')).toEqual(['files', 'roles', 'database', 'volume']);
    const file = desk.path('made.tar');
    expect(recorded().at(-1)).toMatchObject({ file, bytes: statSync(file).size });
    expect(document.ok).toBe(true);
  });

  it('that may not fit writes nothing, and says how much is missing', async () => {
    answerFirst('exec*pg_database_size*) echo 9000000000000000; exit ;;');
    const before = recorded();
    const { document, code } = await desk.json('backup', 'made.tar');
    expect([code, document.error.code]).toEqual([3, 'BACKUP_NO_SPACE']);
    expect(document.error.message).toMatch(/may need [\d.]+ PB|may need [\d,.]+ TB/);
    expect(Object.keys(desk.tree())).not.toContain('made.tar');
    expect(recorded()).toEqual(before);
  });

  it('that cannot be recorded is not said to be done', async () => {
    const record = desk.path('proto/.proto/backups.json');
    rmSync(record);
    mkdirSync(record);
    const { document, code } = await desk.json('backup', 'made.tar');
    expect([document.ok, code]).toEqual([false, 2]);
  });

  it('of a database that gives no size is refused', async () => {
    answerFirst('exec*pg_database_size*) echo much; exit ;;');
    const { document } = await desk.json('backup', 'made.tar');
    expect(document.error.code).toBe('BACKUP_FAILED');
    expect(Object.keys(desk.tree())).not.toContain('made.tar');
  });
});

describe('a database that has to be started for it', () => {
  const isDatabase = 'run*--label?proto-scaffold.database=*';

  it.each([
    ['backup', 'made.tar'],
    ['restore', '--yes', 'b.tar'],
  ])('and ends at once is said with its last words: %s', async (...command) => {
    answerFirst(
      `${isDatabase}) echo one; echo two; echo three; echo "FATAL: incompatible files" >&2; exit 1 ;;`,
    );
    const before = engine.data;
    const { document, code } = await desk.json(...command);
    expect([code, document.error.code]).toEqual([3, 'DATABASE_NOT_READY']);
    expect(document.error.message).toContain('two three FATAL: incompatible files');
    expect(document.error.message).not.toContain('one');
    expect(engine.data).toEqual(before);
    expect(Object.keys(desk.tree())).not.toContain('made.tar');
  });

  it('and that Docker does not start is an error of Docker', async () => {
    answerFirst(`${isDatabase}) echo "docker: no space left on device" >&2; exit 125 ;;`);
    const { document, code } = await desk.json('backup', 'made.tar');
    expect([code, document.error.code]).toEqual([3, 'DISK_FULL']);
  });

  it('is not started beside one of an earlier command that is still there', async () => {
    answerFirst(
      '"container ls --filter label=proto-scaffold.database="*) echo proto-scaffold-old; exit ;;',
      `${isDatabase}) echo started >>${desk.path('started')} ;;`,
    );
    const now = Date.now;
    let asked = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 20_000 * asked++);
    const { document, code } = await desk.json('backup', 'made.tar');
    expect([code, document.error.code]).toEqual([3, 'DATABASE_NOT_READY']);
    expect(document.error.message).toContain('proto-scaffold-old');
    expect(Object.keys(desk.tree())).not.toContain('started');
  });
});

describe('restore', () => {
  it('keeps the data that it replaces', async () => {
    const later = engine.data;
    expect((await desk.run('restore', '--yes', 'b.tar')).code).toBe(0);
    expect(engine.data).toMatchObject({ rows: 'backed up', objects: { 'a/b': 'a', same: 'a' } });
    const [aside = ''] = kept();
    expect(await kindsIn(aside)).toEqual(['files', 'volume', 'volume']);
    expect((await desk.run('restore', '--yes', aside)).code).toBe(0);
    expect(engine.data).toMatchObject({ rows: later.rows, objects: later.objects });
  });

  it('keeps it, too, where the image to measure it has to be pulled first', async () => {
    answerFirst(
      `pull*) : >${desk.path('pulled')}; exit ;;`,
      `"image inspect"*Id*) [ -e ${desk.path('pulled')} ] || { echo "No such image" >&2; exit 1; } ;;`,
    );
    const { code, stderr } = await desk.run('restore', '--yes', 'b.tar');
    expect(code, stderr).toBe(0);
    expect(Object.keys(desk.tree())).toContain('pulled');
    expect(kept()).toHaveLength(1);
  });

  it('keeps nothing where there is no data yet', async () => {
    engine.clear();
    const { code, stderr } = await desk.run('restore', '--yes', 'b.tar');
    expect(code, stderr).toBe(0);
    expect(engine.data).toMatchObject({ rows: 'backed up' });
    expect(kept()).toEqual([]);
  });

  it('of a backup without data keeps the data, and makes no copy of it', async () => {
    const before = engine.data;
    engine.clear();
    expect((await desk.run('backup', 'files.tar')).code).toBe(0);
    expect(await kindsIn('files.tar')).toEqual(['files']);
    engine.put(before);
    const { code, stderr } = await desk.run('restore', '--yes', 'files.tar');
    expect(code, stderr).toBe(0);
    expect(engine.data).toEqual(before);
    expect(kept()).toEqual([]);
  });
});
