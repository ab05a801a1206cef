import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { type Engine, startEngine } from '../support/engine/engine.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** An engine whose new networks keep containers from each other, unless a network says otherwise. */

let registry: EmbeddedRegistry;
let engine: Engine;
let desk: Desk;

const icc = 'com.docker.network.bridge.enable_icc';
const small = ['--ignore', 'memory'];

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  const pools = [{ base: '10.213.0.0/22', size: 24 }];
  const config = {
    iptables: true,
    'default-address-pools': pools,
    'default-network-opts': { bridge: { [icc]: 'false' } },
  };
  engine = await startEngine(undefined, { config });
  desk = new Desk(registry, { DOCKER_HOST: engine.host });
  desk.credentials();
  const values = [
    ['url', 'chat.example-bank.com'],
    ['sendgrid_api_key', 'SG.x'],
    ['desired_email_from', 'example-bank.com'],
    ['sendgrid_inbound_url_key_param', 'x'],
    ['openai_api_key', 'sk-x'],
  ].map(([name, value]) => `${name} = "${value}"\n`);
  desk.write('values.toml', values.join(''));
  const init = await desk.run('init', '--values', 'values.toml');
  expect(init.code, init.stderr).toBe(0);
  lookAtHealthSooner(desk.path('proto'));
});
afterAll(async () => {
  await engine?.stop();
  await registry.close();
  desk.remove();
});

it('start sets what the platform needs, and check tries the connections', async () => {
  const { code, stderr } = await desk.run('start', ...small);
  expect(code, stderr).toBe(0);
  const { document } = await desk.json('check');
  const found = JSON.stringify(document.result ?? document);
  expect(found).toContain('Connections tried: 5');
  expect((await desk.run('stop')).code).toBe(0);
});

it('start names the services, the option and the way out where an override switches it off', async () => {
  const override = desk.path('proto/backend/docker-compose.override.yml');
  writeFileSync(override, `networks: { postgres: { driver_opts: { ${icc}: "false" } } }\n`);
  const { code, document } = await desk.json('start', ...small);
  expect([code, document.error.code]).toEqual([3, 'SERVICES_ISOLATED']);
  expect(document.error.message).toContain('platform cannot reach postgres:5432');
  expect(document.error.hint).toContain('enable_icc=false');
  const { stdout } = await desk.run('check');
  expect(stdout).toContain('platform cannot reach postgres:5432');

  rmSync(override);
  expect((await desk.run('stop')).code).toBe(0);
  expect(
    await docker(['network', 'ls', '-q', '--filter', 'name=proto'], {
      env: { DOCKER_HOST: engine.host },
    }),
  ).toBe('');
  const started = await desk.run('start', ...small);
  expect(started.code, started.stderr).toBe(0);
});

it('start says what to do where no addresses are left for its network', async () => {
  expect((await desk.run('stop')).code).toBe(0);
  const env = { DOCKER_HOST: engine.host };
  for (const name of ['other-1', 'other-2']) await docker(['network', 'create', name], { env });
  const { code, document } = await desk.json('start', ...small);
  expect([code, document.error.code]).toEqual([3, 'DOCKER_ADDRESSES_EXHAUSTED']);
  expect(document.error.hint).toContain('docker network prune');
  expect(document.error.hint).toContain('default-address-pools');
});
