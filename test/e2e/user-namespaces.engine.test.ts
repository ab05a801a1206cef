import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Engine, startEngine } from '../support/engine/engine.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** An engine with userns-remap: it is said before a start, and the remedy works. */

let registry: EmbeddedRegistry;
let engine: Engine;
let desk: Desk;

/** In an /etc of the daemon's own; its folder, of which it gets the configuration as $3, must let the mapped user in. */
const remappedUser = `
chmod o+x "$(dirname "$3")"
cp -a /etc /run/etc && mount --bind /run/etc /etc
echo 'proto-remap:x:64321:64321::/:/bin/false' >>/etc/passwd
echo 'proto-remap:x:64321:' >>/etc/group
echo 'proto-remap:100000:65536' | tee /etc/subuid >/etc/subgid`;

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  const config = { 'userns-remap': 'proto-remap' };
  engine = await startEngine(undefined, { config, prepare: remappedUser });
  desk = new Desk(registry, { DOCKER_HOST: engine.host });
  desk.credentials();
});
afterAll(async () => {
  await engine?.stop();
  await registry.close();
  desk.remove();
});

it('with mapped user ids, start names the services and a remedy that works', async () => {
  const values = [
    ['YOUR_URL', 'chat.example-bank.com'],
    ['YOUR_SENDGRID_API_KEY', 'SG.x'],
    ['YOUR_DESIRED_EMAIL_FROM', 'example-bank.com'],
    ['YOUR_SENDGRID_INBOUND_URL_KEY_PARAM', 'x'],
    ['YOUR_OPENAI_API_KEY', 'sk-x'],
  ].map(([name = '', value]) => `${name.replace('YOUR_', '').toLowerCase()} = "${value}"\n`);
  desk.write('values.toml', values.join(''));
  const init = await desk.run('init', '--values', 'values.toml');
  expect(init.code, init.stderr).toBe(0);
  expect(init.stderr).toContain('user-namespaces: The Docker Engine maps user ids');
  lookAtHealthSooner(desk.path('proto'));
  const refused = await desk.run('start', '--ignore', 'memory');
  expect(refused.code, refused.stderr).toBe(3);
  const [, yaml = ''] = /docker-compose\.override\.yml: `([^`]+)`/.exec(refused.stderr) ?? [];
  expect(yaml, refused.stderr).toContain('platform: {userns_mode: host}');
  writeFileSync(desk.path('proto/backend/docker-compose.override.yml'), `${yaml}\n`);
  const started = await desk.run('start', '--ignore', 'memory');
  expect(started.code, started.stderr).toBe(0);
  const backup = await desk.run('backup', 'warm.tar');
  expect(backup.code, backup.stderr).toBe(0);
  expect((await desk.run('stop')).code).toBe(0);
  const cold = await desk.run('backup', 'cold.tar');
  expect(cold.code, cold.stderr).toBe(0);
});
