// The programs of PostgreSQL in a container of the data engine (docker.sh): a cluster is catalog.json in a volume, replaced whole
// as PostgreSQL commits. What they do not know they refuse with 99. Arguments: the engine's folder, the container, the program.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [engine, container, ...program] = process.argv.slice(2);
const stdin = () => readFileSync(0);

function clusterOf(name) {
  const places = join(engine, `container-${name}`);
  if (!existsSync(places)) {
    console.error(`No such container: ${name}`);
    process.exit(1);
  }
  const [volume] = readFileSync(places, 'utf8').split(' ');
  return join(engine, 'volumes', volume, 'data');
}

function answer() {
  const at = clusterOf(container);
  const catalog = JSON.parse(readFileSync(join(at, 'catalog.json'), 'utf8'));
  // A connection string: `dbname='platform' options='…'`.
  const database = /^dbname='([^']*)'/.exec(program[program.indexOf('--dbname') + 1])?.[1];
  if (program[0] === 'pg_dump') return catalog.databases[database] ?? 1;
  if (program[0] === 'pg_dumpall')
    return `ALTER ROLE postgres WITH PASSWORD '${catalog.password}';\n`;
  if (program[0] === 'pg_restore') {
    const content = String(stdin());
    if (catalog.databases[database] === undefined) return 1;
    return commit(at, { ...catalog, databases: { ...catalog.databases, [database]: content } });
  }
  if (program[0] !== 'psql') return 99;
  const isSize = program.includes('--command');
  if (isSize) return '1000';
  const text = String(stdin());
  // The guard while a dump is loaded (guard-sql.ts): there are no functions here.
  if (text.includes('$guard$')) return catalog.databases[database] === undefined ? 2 : '';
  return sql(at, catalog, text);
}

/** All of it or nothing, as in one transaction; those that PostgreSQL has no transaction for come one at a time. */
function sql(at, catalog, text) {
  const { databases } = catalog;
  let said = '';
  for (const statement of text.split('\n')) {
    const [, first, second] = /"([^"]+)"(?: RENAME TO "([^"]+)")?/.exec(statement) ?? [];
    if (statement.startsWith('SELECT 1')) {
      if (databases[/'([^']+)'/.exec(statement)[1]] !== undefined) said = '1\n';
    } else if (statement.startsWith('DROP DATABASE')) delete databases[first];
    else if (statement.startsWith('CREATE DATABASE')) databases[first] = '';
    else if (statement.startsWith('ALTER DATABASE')) {
      if (databases[first] === undefined || databases[second] !== undefined) return 3;
      databases[second] = databases[first];
      delete databases[first];
    } else if (statement.startsWith('ALTER ROLE')) {
      catalog.password = /PASSWORD '([^']+)'/.exec(statement)[1];
    } else if (!/^(BEGIN;|COMMIT;|SET .*|)$/.test(statement)) {
      console.error(`this psql does not know: ${statement}`);
      return 99;
    }
  }
  commit(at, catalog);
  const lost = join(engine, 'answer-lost');
  if (!text.includes(' RENAME TO ') || !existsSync(lost)) return said;
  rmSync(lost);
  console.error('connection to server was lost');
  return 2;
}

function commit(at, catalog) {
  const written = join(at, `catalog-${process.pid}.json`);
  writeFileSync(written, JSON.stringify(catalog));
  renameSync(written, join(at, 'catalog.json'));
  return '';
}

const said = answer();
if (typeof said === 'number') process.exitCode = said;
else if (said !== undefined) process.stdout.write(said);
