import { createHash } from 'node:crypto';
import { chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** Root's installations, whose containers must not be in the group that owns the host. Needs root. */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.putDockerStandInOnPath();
  desk.credentials();
});
afterEach(() => desk.remove());

const init = async (env: Record<string, string> = {}) => {
  Object.assign(desk.env, env);
  const { code, stderr } = await desk.run('init', '--url', 'chat.example-bank.com');
  expect(code, stderr).toBe(0);
};
const compose = 'backend/docker-compose.yml';
const read = (path: string) => readFileSync(desk.path('proto', path), 'utf8');
const forContainers = () =>
  ['backend/config', 'backend/secrets'].flatMap((folder) =>
    readdirSync(desk.path('proto', folder))
      .filter((name) => !name.endsWith('.json'))
      .map((name) => desk.path('proto', folder, name)),
  );
const groups = () => [...new Set(forContainers().map((path) => statSync(path).gid))];

it.each([
  [{}, 65533],
  [{ SUDO_GID: '1234', SUDO_UID: '1234', SUDO_USER: 'operator' }, 1234],
])('get a group without rights, or that of the caller of sudo: %j', async (env, group) => {
  await init(env);
  expect(groups()).toEqual([group]);
  expect(JSON.parse(read('.proto/lock.json')).group).toBe(group);
  expect(read(compose)).toContain(`group_add:\n      - "${group}"`);
});

it('get it by an update if they have group 0, and the plan says so', async () => {
  await init();
  const old = read(compose).replaceAll('"65533"', '"0"');
  for (const path of [compose, join('.proto/base', compose)])
    writeFileSync(desk.path('proto', path), old);
  const lock = JSON.parse(read('.proto/lock.json'));
  lock.group = 0;
  lock.files[compose] = createHash('sha256').update(old).digest('hex');
  writeFileSync(desk.path('proto/.proto/lock.json'), JSON.stringify(lock));
  for (const path of forContainers()) chownSync(path, 0, 0);

  const { code, stdout, stderr } = await desk.run(
    'update',
    '--without-engine',
    '--yes',
    '--dry-run',
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('Services\n  platform\n    is in group 65533, no longer in 0\n');
  expect(groups()).toEqual([0]);
  const { document } = await desk.json('update', '--without-engine', '--yes');
  expect(document.ok).toBe(true);
  expect(document.result.services).toContainEqual({
    service: 'platform',
    changes: ['is in group 65533, no longer in 0'],
  });
  expect(groups()).toEqual([65533]);
  expect(JSON.parse(read('.proto/lock.json')).group).toBe(65533);
  const again = await desk.json('update', '--without-engine', '--yes');
  expect(again.document.result.changed).toBe(false);
});
