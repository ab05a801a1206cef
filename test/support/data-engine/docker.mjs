// A docker with an engine that keeps data: volumes are folders, a cluster is catalog.json in one of them, replaced whole as
// PostgreSQL commits, and a keeper lives as long as its stdin is open. What it does not know it refuses with 99; what is
// asked most a shell script before it has answered already.
// Arguments: the engine's folder, then docker's own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [engine, ...args] = process.argv.slice(2);
const line = args.join(' ');
const stdin = () => readFileSync(0);
const volumeAt = (source) => join(engine, 'volumes', source, 'data');
const containerAt = (name) => join(engine, `container-${name}.json`);

function volumes() {
  const config = JSON.parse(readFileSync(join(engine, 'config.json'), 'utf8'));
  return Object.values(config.volumes).map(({ name }) => name);
}

function answer() {
  if (line.startsWith('compose up --no-start')) {
    for (const name of volumes()) mkdirSync(volumeAt(name), { recursive: true });
    return '';
  }
  if (args[0] === 'run') return run();
  if (args[0] === 'exec') return execIn(args.slice(args[1] === '--interactive' ? 2 : 1));
  if (args[0] === 'cp') return copy();
  console.error(`this docker does not know: ${line}`);
  return 99;
}

function run() {
  const name = args[args.indexOf('--name') + 1];
  const mounts = args.flatMap((arg, index) => (args[index - 1] === '--mount' ? [arg] : []));
  const places = mounts.map((mount) => {
    const field = (key) => new RegExp(`(?:^|,)${key}=([^,]*)`).exec(mount)?.[1];
    return { source: field('source'), target: field('target') };
  });
  writeFileSync(containerAt(name), JSON.stringify(places));
  const isKeeper = line.endsWith('echo ready; cat >/dev/null');
  if (!isKeeper) startCluster(places);
  else console.log('ready');
  process.stdin.resume();
  process.stdin.on('end', () => {
    rmSync(containerAt(name), { force: true });
    process.exit(0);
  });
  return undefined;
}

function startCluster(places) {
  const at = volumeAt(places[0].source);
  writeFileSync(join(at, 'postmaster.opts'), 'postgres\n');
  if (!existsSync(join(at, 'catalog.json'))) {
    writeFileSync(join(at, 'catalog.json'), '{"databases":{"platform":""},"password":"new"}');
  }
}

function placesOf(container) {
  if (!existsSync(containerAt(container))) {
    console.error(`No such container: ${container}`);
    process.exit(1);
  }
  return JSON.parse(readFileSync(containerAt(container), 'utf8'));
}

/** The folder that a path in a container is. */
function outside(container, path) {
  const place = placesOf(container).find(
    ({ target }) => path === target || path.startsWith(`${target}/`),
  );
  return volumeAt(place.source) + path.slice(place.target.length);
}

function execIn([container, ...program]) {
  if (program[0] === 'sh' && program[4] === 'TERM') return execIn([container, ...program.slice(5)]);
  if (program[0] === 'sh') {
    const [at, ...rest] = program.slice(3);
    return pass('sh', ['-c', program[2], outside(container, at), ...rest]);
  }
  if (program[0] === 'df') return pass('df', ['-Pk', outside(container, program[2])]);
  const at = volumeAt(placesOf(container)[0].source);
  const catalog = JSON.parse(readFileSync(join(at, 'catalog.json'), 'utf8'));
  const database = program[program.indexOf('--dbname') + 1];
  if (program[0] === 'pg_dump') return catalog.databases[database] ?? 1;
  if (program[0] === 'pg_dumpall') return `ALTER ROLE postgres PASSWORD '${catalog.password}';\n`;
  if (program[0] === 'pg_restore') {
    const content = String(stdin());
    if (catalog.databases[database] === undefined) return 1;
    return commit(at, { ...catalog, databases: { ...catalog.databases, [database]: content } });
  }
  if (program[0] !== 'psql') return 99;
  const isSize = program.includes('--command');
  return isSize ? '1000' : sql(at, catalog, String(stdin()));
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
  return said;
}

function commit(at, catalog) {
  const written = join(at, `catalog-${process.pid}.json`);
  writeFileSync(written, JSON.stringify(catalog));
  renameSync(written, join(at, 'catalog.json'));
  return '';
}

function copy() {
  const [, from, to] = args;
  if (from === '-') {
    const [container, path] = to.split(':');
    return pass('tar', ['-x', '-C', outside(container, path)]);
  }
  const [container, path] = from.split(':');
  const at = outside(container, path);
  const name = path.split('/').at(-1);
  return pass('tar', ['-c', '-C', join(at, '..'), '--transform', `s,^data,${name},`, 'data']);
}

function pass(program, words) {
  return spawnSync(program, words, { stdio: 'inherit' }).status ?? 1;
}

const said = answer();
if (typeof said === 'number') process.exitCode = said;
else if (said !== undefined) process.stdout.write(said);
