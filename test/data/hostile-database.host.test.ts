import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { DataEngine } from '../support/data-engine/index.ts';
import { PostgresCluster } from '../support/postgres-cluster.ts';
import type { Desk } from '../support/program.ts';
import { Scene } from '../torture/scene.ts';

/**
 * What roles without any right of their own leave in a database that is backed up and restored: on a real PostgreSQL, which runs what
 * we give it as superuser.
 */

let scene: Scene;
let desk: Desk;
let cluster: PostgresCluster;

beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());
beforeEach(() => {
  desk = scene.desk('restorable');
  cluster = PostgresCluster.start();
  new DataEngine(desk).useCluster(cluster);
  cluster.sql(
    'create role reporting login; create table rows (id int); insert into rows values (7)',
  );
});
afterEach(() => {
  cluster.stop();
  desk.remove();
});

const pwned = () => join(cluster.data, 'pwned');
const asReporting = (text: string) => cluster.sql(text, { user: 'reporting' });
const superusers = () =>
  cluster.sql("select string_agg(rolname, ' ') from pg_roles where rolsuper or rolname ~ '^evil'");

/** Backs up, and restores over the current data. */
async function thereAndBack(): ReturnType<Desk['json']> {
  const backup = await desk.json('backup', 'made.tar');
  if (backup.code !== 0) return backup;
  const verified = await desk.json('backup', '--verify', 'made.tar');
  return verified.code === 0 ? desk.json('restore', '--yes', 'made.tar') : verified;
}

function mustBeHarmless(): void {
  expect(superusers()).toBe('postgres');
  expect(existsSync(pwned())).toBe(false);
}

const program = () => `COPY (SELECT 1) TO PROGRAM $$id>${pwned()}$$;`;

it('the text of a setting is not a statement, whatever it ends in', async () => {
  const text = `\nCREATE ROLE evil SUPERUSER LOGIN;\nCREATE ROLE z; ${program()}\n\\! touch ${pwned()}\n`;
  asReporting(`ALTER ROLE reporting SET search_path TO 'x${text}'`);
  asReporting(`ALTER ROLE reporting SET application_name TO 'x'';${text}--'`);
  asReporting(`ALTER ROLE reporting SET "TimeZone" TO 'UTC'`);
  cluster.sql('create role other login');
  cluster.sql(`ALTER ROLE other SET search_path TO E'\\\\'';${text}/*'`, { user: 'other' });
  const settings = () =>
    cluster.sql('select setconfig from pg_db_role_setting order by setrole', {
      database: 'postgres',
    });
  const before = settings();
  expect(before.match(/evil/g)).toHaveLength(3);
  cluster.sql('delete from rows');
  const { code, document } = await thereAndBack();
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  mustBeHarmless();
  expect(settings()).toBe(before);
});

it('a role whose name ends a comment stops the backup', async () => {
  for (const end of ['\n', '\r']) await refusesName(end);
});

async function refusesName(end: string): Promise<void> {
  const name = `x${end}CREATE ROLE evil SUPERUSER; ${program()} --`.slice(0, 60);
  cluster.sql(`create role "${name}"; alter role "${name}" set search_path to 'x'`);
  const { code, document } = await thereAndBack();
  expect(document.error.code).toBe('BACKUP_FAILED');
  expect(document.error.message).toMatch(
    /line \d+ of the database roles has a name with a line break/,
  );
  expect(code).not.toBe(0);
  mustBeHarmless();
  cluster.sql(`drop role "${name}"`);
}

/** Functions of a role without rights that behave well until a superuser calls them, each in a schema of its own. */
const traps = {
  constraint_check: 'create table trap (x text check (wolf(x))); insert into trap values (1)',
  domain_check:
    'create domain fur as text check (wolf(value)); create table trap (x fur); insert into trap values (1)',
  generated_column:
    'create table trap (x text, y boolean generated always as (wolf(x)) stored); insert into trap values (1)',
  index: 'create table trap (x text); create index on trap (wolf(x)); insert into trap values (1)',
  // Such a check is loaded after the rows.
  row_type: `create table trap (x text); insert into trap values (1);
    create function pack(trap) returns boolean language sql immutable as 'select row_type.wolf($1.x)';
    alter table trap add check (pack(trap))`,
  partition_key: `create table trap (x text) partition by list ((wolf(x)));
    create table part partition of trap for values in (true); insert into trap values (1)`,
};
/** Only a function that is not immutable may change anything. The other one calls it. */
const wolf = (schema: string) => `
  create function bite() returns void language plpgsql as $f$ begin
    if (select rolsuper from pg_roles where rolname = current_user) then
      create role evil_${schema} superuser login;
    end if;
  exception when insufficient_privilege or duplicate_object then null;
  end $f$;
  create function wolf(text) returns boolean language plpgsql immutable as $f$ begin
    perform ${schema}.bite();
    return true;
  end $f$;`;

/** Restores what `reporting` left in its schema, in vain. */
async function refusesTrap(schema: string, trap: string, message: RegExp): Promise<void> {
  cluster.sql(
    `create schema ${schema} authorization reporting; alter role reporting set search_path to ${schema}`,
  );
  asReporting(trap);
  const { code, document } = await thereAndBack();
  mustBeHarmless();
  expect(document.error.code).toBe('RESTORE_FAILED');
  expect(document.error.message).toMatch(message);
  expect(code).not.toBe(0);
  expect(cluster.sql('select id from rows')).toBe('7');
  const databases = "select string_agg(datname, ' ') from pg_database where datname ~ 'platform'";
  expect(cluster.sql(databases)).toBe('platform');
}

it.each(Object.entries(traps).filter(([schema]) => schema !== 'index'))(
  'a function of a role is not called where rows are loaded: %s',
  async (schema, trap) => {
    const message =
      schema === 'row_type'
        ? /a check of row_type\.trap would be evaluated as superuser/
        : /the definition of the (table|domain) \w+\.\w+ calls \w+\.wolf\(text\)/;
    await refusesTrap(schema, `${wolf(schema)}${trap}`, message);
  },
);

it('a function of a role in an index runs with the rights of its owner', async () => {
  cluster.sql(
    'create schema index authorization reporting; alter role reporting set search_path to index',
  );
  asReporting(`${wolf('index')}${traps.index}`);
  const { code, document } = await thereAndBack();
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  mustBeHarmless();
  expect(cluster.sql('select count(*) from index.trap')).toBe('1');
  // Of the guard nothing is left.
  const left = `select (select count(*) from pg_proc where prosecdef), (select count(*) from pg_event_trigger),
    (select count(*) from pg_namespace where nspname ~ 'scaffold')`;
  expect(cluster.sql(left)).toBe('0|0|0');
});

it('a function that changes how the text that follows is read is not called', async () => {
  const w = `create function w(text) returns boolean language plpgsql as $f$ begin
    if session_user <> 'reporting' then perform set_config('standard_conforming_strings', 'off', false); end if;
    return true; end $f$;`;
  const text = "\\''; create role evil superuser; --";
  const trap = `${w} create table trap (x text check (w(x))); insert into trap values (1);
    create index i on trap (x); comment on index i is '${text}'`;
  await refusesTrap('den', trap, /the table den\.trap calls den\.w\(text\)/);
});

it('an operator does not hide what it calls', async () => {
  const sql = `lo_export(4242, '${pwned()}')`;
  const trap = `create operator den.!! (function = pg_catalog.ts_rewrite, leftarg = tsquery, rightarg = text);
    create table trap (x text check (case current_user when 'reporting' then true else
      ('a'::tsquery operator(den.!!) $q$select 'a'::tsquery, 'b'::tsquery from (select ${sql}) s$q$) is not null end));
    insert into trap values (1)`;
  await refusesTrap('den', trap, /the table den\.trap calls ts_rewrite\(tsquery,text\)/);
});

it('what a superuser offers to all is not called for a role', async () => {
  cluster.sql(`create function public.run_sql(text) returns boolean language plpgsql as
    $f$ begin execute $1; return true; end $f$`);
  const trap = `create table trap (x text check (
    case current_user when 'reporting' then true else public.run_sql('create role evil superuser') end));
    insert into trap values (1)`;
  await refusesTrap('den', trap, /the table den\.trap calls (public\.)?run_sql\(text\)/);
});

it('a function of PostgreSQL that runs text as SQL is refused', async () => {
  const evil = `case current_user when 'reporting' then true else
    query_to_xml($$select pg_catalog.lo_from_bytea(4242, 'x')$$, true, true, '') is not null end`;
  const trap = `create table trap (x text check (${evil})); insert into trap values (1)`;
  await refusesTrap('den', trap, /the table den\.trap calls query_to_xml\(/);
});

it('a cast of a role is not called by a foreign key', async () => {
  const trap = `create type fur as (x int);
    create function tail(fur) returns int language plpgsql immutable as $f$ begin return 1; end $f$;
    create cast (fur as int) with function tail(fur) as implicit`;
  await refusesTrap('den', trap, /a cast calls den\.tail\(den\.fur\)/);
});

it('honest definitions are restored: those of superusers, and functions of PostgreSQL for all', async () => {
  cluster.sql(`create function public.even(int) returns boolean language sql immutable as 'select $1 % 2 = 0';
    create domain public.pair as int check (public.even(value));
    create table public.own (x public.pair, y int check (public.even(y)), z int generated always as (y * 2) stored);
    insert into public.own (x, y) values (2, 4);
    create schema den authorization reporting; alter role reporting set search_path to den`);
  asReporting(`create domain mail as text check (value ~ '@' and length(value) < 100);
    create table people (id int check (id between 1 and 9), mail mail, at timestamptz default now() check (at <= now()),
      name text, upper text generated always as (upper(name)) stored);
    insert into people (id, mail, name) values (1, 'a@b', 'a')`);
  const { code, document } = await thereAndBack();
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  expect(cluster.sql('select x, y, z from public.own')).toBe('2|4|8');
  expect(cluster.sql('select id, mail, upper from den.people')).toBe('1|a@b|A');
});

it('what our queries name is PostgreSQL’s own, whatever others have made', async () => {
  cluster.sql('grant create on schema public to reporting');
  for (const database of ['platform', 'template1']) {
    cluster.sql('grant create on schema public to public', { database });
    const shadow = `
      create function public.pg_database_size(name) returns bigint language plpgsql as $f$ begin
        create role evil superuser; return 1; exception when insufficient_privilege then return 1; end $f$;
      create function public.same(name, name) returns boolean language plpgsql as $f$ begin
        create role evil superuser; return false; exception when insufficient_privilege then return false; end $f$;
      create operator public.= (leftarg = name, rightarg = name, function = public.same);`;
    cluster.sql(shadow, { user: 'reporting', database });
  }
  // What a session would find first without a word of ours.
  cluster.sql('alter role postgres set search_path to public, pg_catalog', {
    database: 'postgres',
  });
  const { code, document } = await thereAndBack();
  expect(document.error).toBeUndefined();
  expect(code).toBe(0);
  mustBeHarmless();
});

it('names of databases and users are names, whatever is in them', async () => {
  const name = 'plat\'form =\\ "x" $(id) %s';
  cluster.sql(`create database "${name.replaceAll('"', '""')}"`);
  const { dumpDatabase, runSql } = await import('../../src/data/docker-data.ts');
  const [psql = '', ...args] = runSql('postgres', name);
  expect(cluster.run(psql, args, 'select current_database()')).toBe(name);
  const [dump = '', ...rest] = dumpDatabase('postgres', name);
  expect(cluster.run(dump, rest)).toContain('PGDMP');
});
