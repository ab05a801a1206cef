import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { filler, Operator, withMemory } from '../support/operator.ts';
import { Desk, finished } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { treeOf } from '../support/tree.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** Backup and restore on a real engine, with real PostgreSQL and a bucket: what is lost comes back. */

let registry: EmbeddedRegistry;
let desk: Desk;
let operator: Operator;

const run = promisify(execFile);
const init = async () => {
  const outcome = await desk.run('init', '--url', 'chat.example-bank.com');
  lookAtHealthSooner(desk.path('proto'));
  return outcome;
};
const up = () => operator.compose('up', '-d', '--wait');
/** What has data, and no more: the machine that runs the tests is small. */
const upData = () => operator.compose('up', '-d', '--wait', 'postgres', 'bucket');
const uninstall = async () => {
  await operator.compose('down', '--volumes', '--timeout', '2');
  rmSync(desk.path('proto'), { recursive: true });
};
const secrets = () =>
  ['backend/secrets/postgres_password', 'backend/config/platform.toml'].map((path) =>
    readFileSync(desk.path('proto', path), 'utf8'),
  );
const beside = () => readdirSync(desk.folder).filter((name) => name.includes('proto-'));
const keepers = () => docker(['ps', '--all', '--quiet', '--filter', 'label=proto-scaffold.keeper']);
const database = 'proto-scaffold.database';
const databases = () => docker(['ps', '--quiet', '--filter', `label=${database}`]);
/** Whether one of our own containers is at a dump. */
const isDumping = async () => {
  const found = (await keepers())
    .split('\n')
    .map((id) => docker(['top', id, '-eo', 'pid,args']).catch(() => ''));
  return (await Promise.all(found)).some((said) => said.includes('--format=custom'));
};
/** PostgreSQL tells of a restart after a crash in its log. */
const mustNotHaveCrashed = async () => {
  expect(await operator.compose('logs', 'postgres')).not.toMatch(
    /terminating any other|in recovery/,
  );
};
const log = () => operator.sql('select count(*), max(id), min(id) from log');

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  operator = new Operator(desk);
  desk.credentials();
  const { code, stderr } = await init();
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  await upData();
  await operator.sql(
    'create table log (id serial primary key, at timestamptz default now()); create table twin (id int references log)',
  );
  await operator.sql('create role reporting login; grant select on log to reporting');
  await operator.sql(filler(20));
  for (const key of ['a.txt', 'folder/b "ü".txt']) await operator.put(key, `content of ${key}`);
  await operator.put('large.bin', 'x'.repeat(9_000_000));
});

afterAll(async () => {
  await operator.compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
  await registry.close();
  desk.remove();
});

describe('backup and restore', () => {
  let file: string;
  let before: readonly string[];
  let objects: Record<string, string>;
  let written: { first: number; last: number };

  it('a backup is taken while rows are being written', async () => {
    await operator.sql('create table stop ()');
    // One transaction after the other, as fast as the database takes them.
    const writer = operator.sql(
      `do $$ begin loop
        with made as (insert into log default values returning id) insert into twin select id from made;
        commit;
        exit when exists (select from stop);
      end loop; end $$`,
    );
    const newest = async () => Number(await operator.sql('select coalesce(max(id), 0) from log'));
    await expect.poll(newest, { timeout: 60_000 }).toBeGreaterThan(2);
    const first = await newest();
    const { code, document, stderr } = await desk.json('backup');
    const last = await newest();
    await operator.sql('insert into stop default values');
    await writer;
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    file = document.result.file;
    written = { first, last };
    expect(last).toBeGreaterThan(first);
    expect(file).toMatch(/\/proto-backup-example-bank-\d{4}-\d\d-\d\d-\d{4}\.tar$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const record = JSON.parse(readFileSync(desk.path('proto/.proto/backups.json'), 'utf8'));
    expect(record.backups).toMatchObject([
      { file, bytes: statSync(file).size, release: '2026.11.0' },
    ]);
    before = secrets();
    objects = await operator.objects();
    expect(Object.keys(objects)).toHaveLength(3);
    expect(await keepers()).toBe('');
    await mustNotHaveCrashed();
  });

  it('standard tools read it by hand', async () => {
    const script = `tar -xOf "$0" --wildcards 'postgres.dump/*' | pg_restore --list`;
    const { stdout } = await run('sh', ['-c', script, file]);
    expect(stdout).toContain('TABLE DATA public log');
    const check =
      'cd "$1" && tar -xf "$0" manifest.json manifest.sha256 && sha256sum -c manifest.sha256';
    const { stdout: said } = await run('sh', ['-c', check, file, desk.folder]);
    expect(said).toContain('manifest.json: OK');
  });

  it('on a clean host, init and restore bring back rows, objects, roles and secrets', async () => {
    await uninstall();
    expect((await init()).code).toBe(0);
    expect(secrets()).not.toEqual(before);
    const { code, stderr, stdout } = await desk.run('restore', '--yes', file);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stdout).toContain('docker compose up -d');
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
    expect(secrets()).toEqual(before);
    await up();
    const [count, max, min] = (await log()).split('|').map(Number);
    // One moment of the database: no gap, no row without its twin.
    expect(min).toBe(1);
    expect(count).toBe(max);
    expect(Number(await operator.sql('select count(*) from twin'))).toBe(count);
    expect(max).toBeGreaterThanOrEqual(written.first);
    expect(max).toBeLessThanOrEqual(written.last);
    expect(await operator.objects()).toEqual(objects);
    expect(await operator.sql("select has_table_privilege('reporting', 'log', 'select')")).toBe(
      't',
    );
    const password = before[0]?.trim();
    const asClient = `PGPASSWORD='${password}' psql -h postgres -U postgres -d platform -Atc 'select 1'`;
    expect(await operator.compose('exec', '-T', 'postgres', 'sh', '-c', asClient)).toBe('1');
    await operator.put('after.txt', 'the bucket can be written');
  });

  it('a restore over data keeps what was there, and that can be restored, too', async () => {
    await operator.sql('truncate log, twin; create table later (id int)');
    const { code, document } = await desk.json('restore', '--yes', file);
    expect(code).toBe(0);
    const { aside } = document.result;
    expect(statSync(aside).mode & 0o777).toBe(0o600);
    await upData();
    expect((await log()).split('|')[1]).not.toBe('');
    expect(Object.keys(await operator.objects())).not.toContain('after.txt');
    expect((await desk.run('restore', '--yes', aside)).code).toBe(0);
    await upData();
    expect(await log()).toBe('0||');
    expect(await operator.sql('select count(*) from later')).toBe('0');
    expect(Object.keys(await operator.objects())).toContain('after.txt');
  });

  it('--dry-run shows what would be replaced, and changes nothing', async () => {
    const running = await docker(['ps', '--quiet', '--no-trunc']);
    const tree = treeOf(desk.path('proto'), { times: true });
    const { code, stdout } = await desk.run('restore', '--dry-run', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/~ database \(postgres\), \d+ MB: replaces what is here/);
    expect(stdout).toMatch(/take the running platform down/);
    expect(await docker(['ps', '--quiet', '--no-trunc'])).toBe(running);
    expect(treeOf(desk.path('proto'), { times: true })).toEqual(tree);
  });

  it.each([
    [
      'cut short',
      'BACKUP_DAMAGED',
      () => truncateSync(desk.path('bad'), statSync(file).size - 600),
    ],
    [
      'with one bit flipped',
      'BACKUP_DAMAGED',
      () => flip(desk.path('bad'), statSync(file).size >> 1),
    ],
    [
      'of something else',
      'BACKUP_FOREIGN',
      () => writeFileSync(desk.path('bad'), 'PK\x03\x04'.repeat(999)),
    ],
  ])('a backup %s is refused, and nothing is touched', async (_, expected, spoil) => {
    copyFileSync(file, desk.path('bad'));
    spoil();
    const tree = treeOf(desk.path('proto'), { without: ['.proto/guard.json'] });
    const running = await docker(['ps', '--quiet', '--no-trunc']);
    for (const args of [
      ['backup', '--verify'],
      ['restore', '--yes'],
    ]) {
      const { code, document } = await desk.json(...args, desk.path('bad'));
      expect(document.error.code).toBe(expected);
      expect(code).toBe(2);
    }
    expect(treeOf(desk.path('proto'))).toEqual(tree);
    expect(await docker(['ps', '--quiet', '--no-trunc'])).toBe(running);
  });

  it('of a stopped platform it starts the database briefly, and nothing else', async () => {
    await operator.compose('down', '--timeout', '10');
    const networks = await docker(['network', 'ls', '--quiet']);
    const { code, document } = await desk.json('backup', desk.path('stopped.tar'));
    expect(code).toBe(0);
    expect(document.result.parts.map(({ name }: { name: string }) => name)).toEqual([
      'files.tar',
      'postgres.roles.sql',
      'postgres.dump',
      'bucket-data.tar',
    ]);
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
    expect(await docker(['network', 'ls', '--quiet'])).toBe(networks);
    const again = await desk.json('backup', desk.path('stopped.tar'));
    expect(again.document.error.code).toBe('BACKUP_EXISTS');
    expect((await desk.run('backup', '--verify', desk.path('stopped.tar'))).code).toBe(0);
  });

  it('encrypts to a recipient of age, and restores with the identity', async () => {
    await run('age-keygen', ['-o', desk.path('key')]);
    chmodSync(desk.path('key'), 0o600);
    const recipient = (await run('age-keygen', ['-y', desk.path('key')])).stdout.trim();
    const target = desk.path('secret.tar.age');
    expect((await desk.run('backup', target, '--encrypt-to', recipient)).code).toBe(0);
    const script = 'age --decrypt --identity "$1" "$0" | tar -t';
    const { stdout } = await run('sh', ['-c', script, target, desk.path('key')]);
    expect(stdout).toContain('postgres.dump/0000001\n');
    expect((await desk.json('restore', '--yes', target)).document.error.code).toBe(
      'BACKUP_ENCRYPTED',
    );
    const key = ['--identity', desk.path('key')];
    expect((await desk.run('backup', '--verify', target, ...key)).code).toBe(0);
    const { code, stderr } = await desk.run('restore', '--yes', target, ...key);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
  });
});

describe('a large database', () => {
  const small = () => desk.path('small.tar');
  const large = () => desk.path('large.tar');

  it('takes no more memory than a small one, and less than 150 MB', async () => {
    await upData();
    await operator.sql(filler(20));
    const first = await withMemory(desk, 'backup', small());
    await operator.sql(filler(200));
    const second = await withMemory(desk, 'backup', large());
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(statSync(large()).size).toBeGreaterThan(4 * statSync(small()).size);
    console.log(`peak memory: ${first.peak} kB, with ten times the data ${second.peak} kB`);
    expect(second.peak).toBeLessThan(150_000);
    expect(second.peak).toBeLessThan(first.peak + 30_000);
  });

  it('is refused where it would not fit, with both numbers', async () => {
    const small = desk.path('small');
    mkdirSync(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
    try {
      const { code, document } = await desk.json('backup', small);
      expect(document.error.code).toBe('BACKUP_NO_SPACE');
      expect(document.error.message).toMatch(/may need \d+ MB, and 8\.4 MB are free/);
      expect(code).toBe(3);
      expect(readdirSync(small)).toEqual([]);
    } finally {
      await run('umount', [small]);
    }
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'leaves nothing behind after %s half-way',
    async (signal) => {
      const files = beside();
      const child = desk.spawn('backup');
      const ended = once(child, 'exit');
      const dumping = "select count(*) from pg_stat_activity where application_name = 'pg_dump'";
      await expect.poll(() => operator.sql(dumping), { timeout: 60_000 }).toBe('1');
      child.kill(signal);
      await ended;
      await expect.poll(keepers, { timeout: 30_000 }).toBe('');
      await expect.poll(() => operator.sql(dumping), { timeout: 30_000 }).toBe('0');
      await mustNotHaveCrashed();
      expect(beside()).toEqual(files);
      expect(readdirSync(desk.folder).filter((name) => name.startsWith('.proto-'))).toEqual([]);
    },
  );

  it.each(['SIGKILL', 'SIGTERM'] as const)('nor of a stopped platform after %s', async (signal) => {
    await operator.compose('down', '--timeout', '10');
    const files = beside();
    const child = desk.spawn('backup');
    const ended = once(child, 'exit');
    await expect.poll(isDumping, { timeout: 60_000 }).toBe(true);
    child.kill(signal);
    await ended;
    await expect.poll(keepers, { timeout: 30_000 }).toBe('');
    expect(beside()).toEqual(files);
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
  });

  it('waits for the database of a killed one: never are two on one volume', async () => {
    await operator.compose('down', '--timeout', '10');
    const since = String(Date.now() / 1000);
    const killed = desk.spawn('backup');
    const ended = once(killed, 'exit');
    await expect.poll(isDumping, { timeout: 60_000 }).toBe(true);
    const [earlier = ''] = (await databases()).split('\n');
    await docker(['pause', earlier]);
    killed.kill('SIGKILL');
    await ended;
    const outcome = finished(desk.spawn('backup', desk.path('after-a-killed-one.tar')));
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
    await upData();
    await operator.sql("create table precious as select 'as it was' as text");
    const before = treeOf(desk.path('proto'), { without: ['.proto'] });
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await upData();
      const child = desk.spawn('restore', '--yes', '--keep-in', desk.folder, large());
      const ended = once(child, 'exit');
      const loads = "select count(*) from pg_stat_activity where application_name = 'pg_restore'";
      const isLoading = async () => {
        const found = (await keepers())
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
      await expect.poll(keepers, { timeout: 30_000 }).toBe('');
      await upData();
      expect(await operator.sql('select text from precious')).toBe('as it was');
      expect(await operator.sql('select count(*) from filler')).toBe('200000');
      expect(treeOf(desk.path('proto'), { without: ['.proto'] })).toEqual(before);
    }
  });

  it('can be restored, and comes up as it was', async () => {
    expect((await desk.run('restore', '--yes', large())).code).toBe(0);
    await upData();
    expect(await operator.sql('select count(*) from filler')).toBe('200000');
    const names = "select string_agg(datname, ' ' order by datname) from pg_database";
    expect(await operator.sql(names)).toBe('platform postgres template0 template1');
  });
});

function flip(path: string, position: number): void {
  const byte = (readFileSync(path)[position] ?? 0) ^ 4;
  writeSync(openSync(path, 'r+'), Uint8Array.of(byte), 0, 1, position);
}
