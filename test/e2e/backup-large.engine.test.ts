import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRig } from '../support/backup-rig.ts';
import { docker } from '../support/engine/docker.ts';
import { filler, withMemory } from '../support/operator.ts';
import { finished } from '../support/program.ts';
import { treeOf } from '../support/tree.ts';

/** Backup and restore of a database that takes its time: memory, room, and what a killed one leaves. */

let rig: BackupRig;

const run = promisify(execFile);
const database = 'proto-scaffold.database';
const databases = () => docker(['ps', '--quiet', '--filter', `label=${database}`]);
/** Whether one of our own containers is at a dump. */
const isDumping = async () => {
  const found = (await rig.keepers())
    .split('\n')
    .map((id) => docker(['top', id, '-eo', 'pid,args']).catch(() => ''));
  return (await Promise.all(found)).some((said) => said.includes('--format=custom'));
};

beforeAll(async () => {
  rig = await BackupRig.open();
});
afterAll(() => rig.close());

describe('a large database', () => {
  const small = () => rig.desk.path('small.tar');
  const large = () => rig.desk.path('large.tar');

  it('takes no more memory than a small one, and less than 150 MB', async () => {
    await rig.upData();
    await rig.operator.sql(filler(10));
    const first = await withMemory(rig.desk, 'backup', small());
    await rig.operator.sql(filler(100));
    const second = await withMemory(rig.desk, 'backup', large());
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(statSync(large()).size).toBeGreaterThan(3 * statSync(small()).size);
    console.log(`peak memory: ${first.peak} kB, with ten times the data ${second.peak} kB`);
    expect(second.peak).toBeLessThan(150_000);
    expect(second.peak).toBeLessThan(first.peak + 30_000);
  });

  it('is refused where it would not fit, with both numbers', async () => {
    const small = rig.desk.path('small');
    mkdirSync(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
    try {
      const { code, document } = await rig.desk.json('backup', small);
      expect(document.error.code).toBe('BACKUP_NO_SPACE');
      expect(document.error.message).toMatch(/may need \d+ MB, but .* has only 8\.4 MB free/);
      expect(code).toBe(3);
      expect(readdirSync(small)).toEqual([]);
    } finally {
      await run('umount', [small]);
    }
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'leaves nothing behind after %s half-way',
    async (signal) => {
      const files = rig.beside();
      const child = rig.desk.spawn('backup');
      const ended = once(child, 'exit');
      const dumping = "select count(*) from pg_stat_activity where application_name = 'pg_dump'";
      await expect.poll(() => rig.operator.sql(dumping), { timeout: 60_000 }).toBe('1');
      child.kill(signal);
      await ended;
      await expect.poll(() => rig.keepers(), { timeout: 30_000 }).toBe('');
      await expect.poll(() => rig.operator.sql(dumping), { timeout: 30_000 }).toBe('0');
      await rig.mustNotHaveCrashed();
      expect(rig.beside()).toEqual(files);
      expect(readdirSync(rig.desk.folder).filter((name) => name.startsWith('.proto-'))).toEqual([]);
    },
  );

  it.each(['SIGKILL', 'SIGTERM'] as const)('nor of a stopped platform after %s', async (signal) => {
    await rig.operator.compose('down', '--timeout', '10');
    const files = rig.beside();
    const child = rig.desk.spawn('backup');
    const ended = once(child, 'exit');
    await expect.poll(isDumping, { timeout: 60_000 }).toBe(true);
    child.kill(signal);
    await ended;
    await expect.poll(() => rig.keepers(), { timeout: 30_000 }).toBe('');
    expect(rig.beside()).toEqual(files);
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
  });

  it('waits for the database of a killed one: never are two on one volume', async () => {
    await rig.operator.compose('down', '--timeout', '10');
    const since = String(Date.now() / 1000);
    const killed = rig.desk.spawn('backup');
    const ended = once(killed, 'exit');
    await expect.poll(isDumping, { timeout: 60_000 }).toBe(true);
    const [earlier = ''] = (await databases()).split('\n');
    await docker(['pause', earlier]);
    killed.kill('SIGKILL');
    await ended;
    const outcome = finished(rig.desk.spawn('backup', rig.desk.path('after-a-killed-one.tar')));
    await pause(5000);
    expect(await databases()).toBe(earlier);
    await docker(['unpause', earlier]);
    expect((await outcome).code).toBe(0);
    const told = await docker([
      ...['events', '--since', since, '--until', String(Date.now() / 1000)],
      ...['--filter', `label=${database}`, '--filter', 'event=start', '--filter', 'event=die'],
      ...['--format', '{{.Action}}'],
    ]);
    expect(told.split('\n')).toEqual(['start', 'die', 'start', 'die']);
  });

  it('leaves data and files as they were when its restore is killed half-way', async () => {
    await rig.upData();
    await rig.operator.sql("create table precious as select 'as it was' as text");
    const before = treeOf(rig.desk.path('proto'), { without: ['.proto'] });
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await rig.upData();
      const child = rig.desk.spawn('restore', '--yes', '--keep-in', rig.desk.folder, large());
      const ended = once(child, 'exit');
      const loads = "select count(*) from pg_stat_activity where application_name = 'pg_restore'";
      const isLoading = async () => {
        const found = (await rig.keepers())
          .split('\n')
          .filter(Boolean)
          .map(async (id) => {
            const psql = ['psql', '-U', 'postgres', '-d', 'template1', '-Atc', loads];
            return docker(['exec', id, ...psql]).catch(() => '');
          });
        return (await Promise.all(found)).join();
      };
      await expect.poll(isLoading, { timeout: 120_000 }).toContain('1');
      child.kill(signal);
      await ended;
      await expect.poll(() => rig.keepers(), { timeout: 30_000 }).toBe('');
      await rig.upData();
      expect(await rig.operator.sql('select text from precious')).toBe('as it was');
      expect(await rig.operator.sql('select count(*) from filler')).toBe('100000');
      expect(treeOf(rig.desk.path('proto'), { without: ['.proto'] })).toEqual(before);
    }
  });

  it('can be restored, and comes up as it was', async () => {
    expect((await rig.desk.run('restore', '--yes', large())).code).toBe(0);
    await rig.upData();
    expect(await rig.operator.sql('select count(*) from filler')).toBe('100000');
    const names = "select string_agg(datname, ' ' order by datname) from pg_database";
    expect(await rig.operator.sql(names)).toBe('platform postgres template0 template1');
  });
});
