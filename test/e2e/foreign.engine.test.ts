import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { docker, emptyEngine } from '../support/engine/docker.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';

/**
 * Another product on the same engine, and every variable and file that leads Docker Compose to it: what the program
 * does must be about its own installation, and leave the other as it is.
 */

let registry: EmbeddedRegistry;
let desk: Desk;
let project: string;
let foreign: string;

const backend = (name: string) => desk.path('proto/backend', name);
const shop = (...args: string[]) =>
  docker(['compose', '--project-name', 'shop', ...args], { cwd: desk.path('shop') });

/** Everything that the engine has of the other product, and when it was made. */
async function othersState(): Promise<string> {
  const filter = ['--filter', 'label=com.docker.compose.project=shop'];
  const containers = await docker(['ps', '--all', '--quiet', '--no-trunc', ...filter]);
  const inspect = '{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}}';
  return [
    await docker(['inspect', '--format', inspect, ...containers.split('\n')]),
    await docker(['volume', 'ls', ...filter]),
    await docker(['network', 'ls', '--quiet', ...filter]),
    await shop('exec', '-T', 'postgres', 'cat', '/orders/ledger'),
  ].join('\n');
}

const ours = async (...args: string[]) =>
  (await docker([...args, '--filter', `label=com.docker.compose.project=${project}`]))
    .split('\n')
    .filter(Boolean);

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  desk.values();
  const init = await desk.run('init', '--pull', '--values', 'values.json');
  expect(init.code, init.stderr).toBe(0);
  project = JSON.parse(await readFile(desk.path('proto/.proto/lock.json'), 'utf8')).project;
  lookAtHealthSooner(desk.path('proto'));
  await mkdir(desk.path('shop'));
  const [, image] =
    /image: (\S*postgres\S*)/.exec(await readFile(backend('docker-compose.yml'), 'utf8')) ?? [];
  const service = {
    image,
    command: ['sleep', '1000000'],
    entrypoint: [],
    volumes: ['orders:/orders'],
  };
  desk.write('shop/docker-compose.yml', {
    services: { postgres: service },
    volumes: { orders: {} },
  });
  await shop('up', '--detach');
  await shop('exec', '-T', 'postgres', 'sh', '-c', 'echo 42 >/orders/ledger');
  foreign = await othersState();
  Object.assign(desk.env, {
    COMPOSE_PROJECT_NAME: 'shop',
    COMPOSE_FILE: desk.path('shop/docker-compose.yml'),
    COMPOSE_PROFILES: 'debug',
    COMPOSE_ENV_FILES: desk.path('shop/.env'),
    COMPOSE_DISABLE_ENV_FILE: '1',
    COMPOSE_REMOVE_ORPHANS: '1',
    COMPOSE_PATH_SEPARATOR: ',',
  });
  await writeFile(backend('.env'), 'COMPOSE_PROJECT_NAME=shop\nCOMPOSE_REMOVE_ORPHANS=1\n');
  await writeFile(backend('compose.yaml'), await readFile(desk.path('shop/docker-compose.yml')));
});

afterAll(async () => {
  await emptyEngine();
  await registry.close();
  desk.remove();
});

async function untouched(...args: string[]) {
  const outcome = await desk.run(...args);
  expect(await othersState(), args.join(' ')).toBe(foreign);
  return outcome;
}

async function done(...args: string[]) {
  const outcome = await untouched(...args);
  expect(outcome.code, `${args.join(' ')}\n${outcome.stderr}`).toBe(0);
  return outcome;
}

const small = ['--ignore', 'memory'];

it('check names each of them', async () => {
  const { stdout } = await untouched('check');
  for (const text of [
    ' $COMPOSE_PROJECT_NAME: is set',
    ' $COMPOSE_FILE: is set',
    '$COMPOSE_PROFILES: is set',
    '.env:1 COMPOSE_PROJECT_NAME: remove',
    'compose.yaml: Compose reads this file',
  ]) {
    expect(stdout).toContain(text);
  }
});

it('the whole life of an installation leaves the other product alone, and its own data where it is', async () => {
  await done('start', ...small);
  expect(await ours('ps', '--quiet')).toHaveLength(5);
  expect((await done('status')).stdout).toContain('The platform is running and healthy.');
  expect((await done('logs', 'postgres')).stdout).toContain('postgres');
  await done('psql', '-c', 'create table our_orders as select 7 as n');
  await done('restart', 'chatbot');
  await done('backup', 'b.tar');
  await done('config', 'rotate', 'database.password', '--yes');
  await done('restart');
  await done('stop');
  expect(await ours('ps', '--all', '--quiet')).toEqual([]);
  expect((await done('backup', 'stopped.tar')).stdout).not.toContain('no data');
  await publish(registry, { version: '2026.12.0', tags: ['stable'] });
  const update = await done('update', '--yes', '--start', ...small);
  expect(update.stderr).toContain('Backing up the data to ');
  expect((await done('psql', '-c', 'select n from our_orders')).stdout).toContain('7');
  await done('rollback', '--yes');
  await done('start', ...small);
  await done('restore', 'stopped.tar', '--yes');
  await done('start', ...small);
  expect((await done('psql', '-c', 'select n from our_orders')).stdout).toContain('7');
  await done('stop');

  // By hand, and led to another project by a variable.
  await docker(['compose', '--file', 'docker-compose.yml', 'up', '--detach', 'postgres'], {
    cwd: desk.path('proto/backend'),
    env: { COMPOSE_PROJECT_NAME: 'other', DOCKER_CONFIG: desk.path('.docker') },
  });
  for (const command of [
    ['start', ...small],
    ['backup', 'c.tar'],
    ['update', '--yes'],
    ['rollback', '--yes'],
  ]) {
    const { code, stderr } = await untouched(...command);
    expect([code, stderr]).toEqual([5, expect.stringContaining('COMPOSE_PROJECT_DIFFERS')]);
  }
  expect((await untouched('check')).stdout).toContain('as the project other');
  expect((await done('stop')).stdout).toContain('The platform is stopped');
  await docker(['volume', 'rm', 'other_postgres-data']);

  const volumes = await ours('volume', 'ls', '--quiet');
  expect(volumes.length).toBeGreaterThan(1);
  await done('uninstall', '--data', '--yes', '--name', 'proto');
  expect(await ours('volume', 'ls', '--quiet')).toEqual([]);
});
