import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { putEngineOnPath } from '../../support/engine-stand-in.ts';
import { Desk } from '../../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../../support/registry/index.ts';
import { releaseFolder } from '../../support/releases.ts';

/** A host whose ECR and registry listen on IPv6 alone, bundles' blobs included: a whole `init` and `update` go over it. */

const services = ['platform', 'chatbot', 'msgrouter_ws', 'postgres', 'bucket'];
let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry({ host: '::1' });
  desk = new Desk(registry);
  putEngineOnPath(desk, services, 'well');
  desk.credentials();
});
afterAll(async () => {
  desk.remove();
  await registry.close();
});

it('is installed and updated', async () => {
  expect(new URL(registry.endpoint).hostname).toBe('[::1]');
  await registry.seedRelease({ version: '2026.10.0', tags: ['stable'] });
  const made = await desk.run('init', '--templates', releaseFolder('2026.10.0'));
  expect(made.code, made.stderr).toBe(0);
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  const small = ['--ignore', 'memory', '--ignore', 'service-ports'];
  const updated = await desk.run('update', '--yes', '--no-backup', ...small);
  expect(updated.code, updated.stderr).toBe(0);
  const compose = readFileSync(desk.path('proto/backend/docker-compose.yml'), 'utf8');
  expect(compose).toMatch(/image: '?"?\[::1\]:\d+\/proto\/platform:\S*@sha256:[0-9a-f]{64}/);
  expect(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8')).toContain('2026.11.0');
});
