import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRig } from '../support/backup-rig.ts';
import { docker } from '../support/engine/docker.ts';
import { treeOf } from '../support/tree.ts';

/** Backup and restore on a real engine, with real PostgreSQL and a bucket: what is lost comes back. */

let rig: BackupRig;

const run = promisify(execFile);
const up = () => rig.operator.compose('up', '-d', '--wait');
const secrets = () =>
  ['backend/secrets/postgres_password', 'backend/config/platform.toml'].map((path) =>
    readFileSync(rig.desk.path('proto', path), 'utf8'),
  );
const hostile =
  'x\nCREATE ROLE evil SUPERUSER LOGIN;\nCREATE ROLE z; COPY (SELECT 1) TO PROGRAM $$id$$;\n';
const roles = () =>
  rig.operator.sql("select rolname, rolconfig from pg_roles where rolname !~ '^pg_' order by 1");
const log = () => rig.operator.sql('select count(*), max(id), min(id) from log');

beforeAll(async () => {
  rig = await BackupRig.open();
  await rig.operator.sql(
    'create table log (id serial primary key, at timestamptz default now()); create table twin (id int references log)',
  );
  await rig.operator.sql('create role reporting login; grant select on log to reporting');
  // What that role could write itself: text that was once taken for statements.
  await rig.operator.sql(`alter role reporting set search_path to '${hostile}'`);
});
afterAll(() => rig.close());

describe('backup and restore', () => {
  let file: string;
  let before: readonly string[];
  let objects: Record<string, string>;
  let rolesBefore: string;
  let written: { first: number; last: number };

  it('a backup is taken while rows are being written', async () => {
    await rig.operator.sql('create table stop ()');
    // One transaction after the other, as fast as the database takes them.
    const writer = rig.operator.sql(
      `do $$ begin loop
        with made as (insert into log default values returning id) insert into twin select id from made;
        commit;
        exit when exists (select from stop);
      end loop; end $$`,
    );
    const newest = async () =>
      Number(await rig.operator.sql('select coalesce(max(id), 0) from log'));
    await expect.poll(newest, { timeout: 60_000 }).toBeGreaterThan(2);
    const first = await newest();
    const { code, document, stderr } = await rig.desk.json('backup');
    const last = await newest();
    await rig.operator.sql('insert into stop default values');
    await writer;
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    file = document.result.file;
    written = { first, last };
    expect(last).toBeGreaterThan(first);
    expect(file).toMatch(/\/proto-backup-example-bank-\d{4}-\d\d-\d\d-\d{4}\.tar$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const record = JSON.parse(readFileSync(rig.desk.path('proto/.proto/backups.json'), 'utf8'));
    expect(record.backups).toMatchObject([
      { file, bytes: statSync(file).size, release: '2026.11.0' },
    ]);
    before = secrets();
    rolesBefore = await roles();
    objects = await rig.operator.objects();
    expect(Object.keys(objects)).toHaveLength(3);
    expect(await rig.keepers()).toBe('');
    await rig.mustNotHaveCrashed();
  });

  it('standard tools read it by hand', async () => {
    const script = `tar -xOf "$0" --wildcards 'postgres.dump/*' | pg_restore --list`;
    const { stdout } = await run('sh', ['-c', script, file]);
    expect(stdout).toContain('TABLE DATA public log');
    const check =
      'cd "$1" && tar -xf "$0" manifest.json manifest.sha256 && sha256sum -c manifest.sha256';
    const { stdout: said } = await run('sh', ['-c', check, file, rig.desk.folder]);
    expect(said).toContain('manifest.json: OK');
  });

  it('on a clean host, init and restore bring back rows, objects, roles and secrets', async () => {
    await rig.uninstall();
    expect((await rig.init()).code).toBe(0);
    expect(secrets()).not.toEqual(before);
    const { code, stderr, stdout } = await rig.desk.run('restore', '--yes', file);
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
    expect(Number(await rig.operator.sql('select count(*) from twin'))).toBe(count);
    expect(max).toBeGreaterThanOrEqual(written.first);
    expect(max).toBeLessThanOrEqual(written.last);
    expect(await rig.operator.objects()).toEqual(objects);
    expect(await rig.operator.sql("select has_table_privilege('reporting', 'log', 'select')")).toBe(
      't',
    );
    expect(await roles()).toEqual(rolesBefore);
    expect(rolesBefore).toMatch(/^postgres\|\nreporting\|[\s\S]*CREATE ROLE evil/);
    const password = before[0]?.trim();
    const asClient = `PGPASSWORD='${password}' psql -h postgres -U postgres -d platform -Atc 'select 1'`;
    expect(await rig.operator.compose('exec', '-T', 'postgres', 'sh', '-c', asClient)).toBe('1');
    await rig.operator.put('after.txt', 'the bucket can be written');
  });

  it('a restore over data keeps what was there, and that can be restored, too', async () => {
    await rig.operator.sql('truncate log, twin; create table later (id int)');
    const { code, document } = await rig.desk.json('restore', '--yes', file);
    expect(code).toBe(0);
    const { aside } = document.result;
    expect(statSync(aside).mode & 0o777).toBe(0o600);
    await rig.upData();
    expect((await log()).split('|')[1]).not.toBe('');
    expect(Object.keys(await rig.operator.objects())).not.toContain('after.txt');
    expect((await rig.desk.run('restore', '--yes', aside)).code).toBe(0);
    await rig.upData();
    expect(await log()).toBe('0||');
    expect(await rig.operator.sql('select count(*) from later')).toBe('0');
    expect(Object.keys(await rig.operator.objects())).toContain('after.txt');
  });

  it('--dry-run shows what would be replaced, and changes nothing', async () => {
    const running = await docker(['ps', '--quiet', '--no-trunc']);
    const tree = treeOf(rig.desk.path('proto'), { times: true });
    const { code, stdout } = await rig.desk.run('restore', '--dry-run', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/~ database \(postgres\), \d+ MB: replaces the current data/);
    expect(stdout).toMatch(/stop the running platform/);
    expect(await docker(['ps', '--quiet', '--no-trunc'])).toBe(running);
    expect(treeOf(rig.desk.path('proto'), { times: true })).toEqual(tree);
  });

  it.each([
    [
      'interrupted',
      'BACKUP_DAMAGED',
      () => truncateSync(rig.desk.path('bad'), statSync(file).size - 600),
    ],
    [
      'with one bit flipped',
      'BACKUP_DAMAGED',
      () => flip(rig.desk.path('bad'), statSync(file).size >> 1),
    ],
    [
      'of something else',
      'BACKUP_FOREIGN',
      () => writeFileSync(rig.desk.path('bad'), 'PK\x03\x04'.repeat(999)),
    ],
  ])('a backup %s is refused, and nothing is touched', async (_, expected, spoil) => {
    copyFileSync(file, rig.desk.path('bad'));
    spoil();
    const tree = treeOf(rig.desk.path('proto'), { without: ['.proto/guard.json'] });
    const running = await docker(['ps', '--quiet', '--no-trunc']);
    for (const args of [
      ['backup', '--verify'],
      ['restore', '--yes'],
    ]) {
      const { code, document } = await rig.desk.json(...args, rig.desk.path('bad'));
      expect(document.error.code).toBe(expected);
      expect(code).toBe(2);
    }
    expect(treeOf(rig.desk.path('proto'))).toEqual(tree);
    expect(await docker(['ps', '--quiet', '--no-trunc'])).toBe(running);
  });

  it('of a stopped platform it starts the database briefly, and nothing else', async () => {
    await rig.operator.compose('down', '--timeout', '10');
    const networks = await docker(['network', 'ls', '--quiet']);
    const { code, document } = await rig.desk.json('backup', rig.desk.path('stopped.tar'));
    expect(code).toBe(0);
    expect(document.result.parts.map(({ name }: { name: string }) => name)).toEqual([
      'files.tar',
      'postgres.roles.sql',
      'postgres.dump',
      'bucket-data.tar',
    ]);
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
    expect(await docker(['network', 'ls', '--quiet'])).toBe(networks);
    const again = await rig.desk.json('backup', rig.desk.path('stopped.tar'));
    expect(again.document.error.code).toBe('BACKUP_EXISTS');
    expect((await rig.desk.run('backup', '--verify', rig.desk.path('stopped.tar'))).code).toBe(0);
  });

  it('encrypts to a recipient of age, and restores with the identity', async () => {
    await run('age-keygen', ['-o', rig.desk.path('key')]);
    chmodSync(rig.desk.path('key'), 0o600);
    const recipient = (await run('age-keygen', ['-y', rig.desk.path('key')])).stdout.trim();
    const target = rig.desk.path('secret.tar.age');
    expect((await rig.desk.run('backup', target, '--encrypt-to', recipient)).code).toBe(0);
    const script = 'age --decrypt --identity "$1" "$0" | tar -t';
    const { stdout } = await run('sh', ['-c', script, target, rig.desk.path('key')]);
    expect(stdout).toContain('postgres.dump/0000001\n');
    expect((await rig.desk.json('restore', '--yes', target)).document.error.code).toBe(
      'BACKUP_ENCRYPTED',
    );
    const key = ['--identity', rig.desk.path('key')];
    expect((await rig.desk.run('backup', '--verify', target, ...key)).code).toBe(0);
    const { code, stderr } = await rig.desk.run('restore', '--yes', target, ...key);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
  });
});

function flip(path: string, position: number): void {
  const byte = (readFileSync(path)[position] ?? 0) ^ 4;
  writeSync(openSync(path, 'r+'), Uint8Array.of(byte), 0, 1, position);
}
