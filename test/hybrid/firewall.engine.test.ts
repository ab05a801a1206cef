import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { type Engine, startEngine } from '../support/engine/engine.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** The rules that `connection` prints, on an engine that publishes ports by its packet filter, with clients on other hosts. */

const run = promisify(execFile);

/** Each has a network namespace of its own, with a wire to that of the engine. */
const clients = {
  vendor: { here: '198.51.100.1', there: '198.51.100.7' },
  other: { here: '192.0.2.1', there: '192.0.2.7' },
};
type Client = keyof typeof clients;

let registry: EmbeddedRegistry;
let engine: Engine;
let desk: Desk;

beforeAll(async () => {
  for (const [name, { here, there }] of Object.entries(clients)) {
    const commands = [
      `ip netns add proto-${name}`,
      `ip link add proto-${name} type veth peer name eth0 netns proto-${name}`,
      `ip addr add ${here}/24 dev proto-${name}`,
      `ip link set proto-${name} up`,
      `ip netns exec proto-${name} ip addr add ${there}/24 dev eth0`,
      `ip netns exec proto-${name} ip link set eth0 up`,
    ];
    await run('sh', ['-ec', commands.join('\n')]);
  }
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  const pools = [{ base: '10.214.0.0/22', size: 24 }];
  const config = { iptables: true, 'default-address-pools': pools };
  engine = await startEngine(undefined, { config });
  desk = new Desk(registry, { DOCKER_HOST: engine.host });
  desk.credentials({ hosting: 'hybrid' });
  desk.write('values.json', {
    url: 'data.example-bank.com:18443',
    allowed_cidrs: '198.51.100.0/24',
  });
  const init = await desk.run('init', '--pull', '--values', 'values.json');
  expect(init.code, init.stderr).toBe(0);
  lookAtHealthSooner(desk.path('proto'));
  const started = await desk.run('start', '--ignore', 'memory');
  expect(started.code, started.stderr).toBe(0);
});
afterAll(async () => {
  await engine?.stop();
  for (const name of Object.keys(clients)) await run('ip', ['netns', 'del', `proto-${name}`]);
  await registry.close();
  desk.remove();
});

/** What a client hears from the port of the database. */
async function hears(client: Client): Promise<string> {
  const { here } = clients[client];
  const ask = ['pg_isready', '-h', here, '-p', '5432', '-t', '3'];
  const command = ['netns', 'exec', `proto-${client}`, ...ask];
  return run('ip', command).then(
    ({ stdout }) => stdout.trim(),
    ({ stdout }) => String(stdout).trim(),
  );
}

it('let the vendor in, and no one else, however often they are run', async () => {
  expect(await hears('other')).toContain('accepting connections');
  const { document, code } = await desk.json('connection');
  expect(code).toBe(0);
  for (let time = 0; time < 2; time++) await run('sh', ['-c', document.result.firewall]);
  expect(await hears('other')).toContain('no response');
  expect(await hears('vendor')).toContain('accepting connections');
  const { stdout } = await run('iptables', ['-w', '-S', 'DOCKER-USER']);
  expect(stdout.match(/PROTO-SCAFFOLD/g)).toHaveLength(1);
});

it('leave containers with a port of that number to each other', async () => {
  const env = { DOCKER_HOST: engine.host };
  const image = await docker(['inspect', '--format', '{{.Config.Image}}', await database()], {
    env,
  });
  await docker(['network', 'create', 'theirs'], { env });
  const alone = [
    '--detach',
    '--network',
    'theirs',
    '--name',
    'theirs',
    '--env',
    'POSTGRES_PASSWORD=x',
  ];
  await docker(['run', ...alone, image, 'postgres'], { env });
  const ask = [
    'run',
    '--rm',
    '--network',
    'theirs',
    image,
    'pg_isready',
    '-h',
    'theirs',
    '-t',
    '3',
  ];
  await expect
    .poll(() => docker(ask, { env }).catch((error) => String(error.stdout)), { timeout: 60_000 })
    .toContain('accepting connections');
});

const database = () =>
  docker(['ps', '--quiet', '--filter', 'label=com.docker.compose.service=postgres'], {
    env: { DOCKER_HOST: engine.host },
  });
