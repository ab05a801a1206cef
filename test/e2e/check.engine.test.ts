import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { templatesFolder } from '../support/template-set.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** `check` with a real engine, before and after the platform runs. */

let registry: EmbeddedRegistry;
let desk: Desk;

const compose = (...args: string[]) =>
  docker(['compose', ...args], {
    cwd: desk.path('proto/backend'),
    env: { DOCKER_CONFIG: desk.path('.docker') },
  });
async function check(...args: string[]) {
  const { code, document, stderr } = await desk.json('check', ...args);
  expect(document.ok, stderr).toBe(true);
  const found = (id: string) =>
    document.result.findings.find((finding: { id: string }) => finding.id === id);
  return { code, found };
}

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  const { code, stderr } = await desk.run('init', '--url', 'chat.example-bank.com');
  expect(code, stderr).toBe(0);
  lookAtHealthSooner(desk.path('proto'));
});
afterAll(async () => {
  await compose('down', '--volumes', '--timeout', '1');
  await registry.close();
  desk.remove();
});

describe('check, with a Docker Engine', () => {
  it('knows the engine, Compose, and where images are kept', async () => {
    const version = await docker(['version', '--format', '{{.Server.Version}}']);
    const root = await docker(['info', '--format', '{{.DockerRootDir}}']);
    const { found } = await check();
    expect(found('engine')).toMatchObject({
      state: 'ok',
      found: `Docker Engine ${version} is running`,
    });
    expect(found('docker-version')).toMatchObject({ state: 'ok' });
    expect(found('compose')).toMatchObject({ state: 'ok' });
    expect(found('disk-images').found).toContain(`free at ${root}`);
    expect(found('compose-file')).toMatchObject({ state: 'ok', found: 'valid' });
    expect(found('service-ports')).toMatchObject({ state: 'ok', found: 'free' });
  });

  it('says which images are not here, and that Docker can pull them', async () => {
    const { found } = await check();
    expect(found('images')).toMatchObject({
      state: 'failed',
      severity: 'advice',
      found: expect.stringMatching(/^5 of 5 images are not on this host: platform, /),
    });
    await compose('pull', '--quiet');
    expect((await check()).found('images')).toMatchObject({
      state: 'ok',
      found: 'all 5 are present',
    });
  });

  it('stops an update where an image is to be pulled and there is no room, unless it is ignored', async () => {
    const [image = ''] = (await docker(['image', 'ls', '--quiet', '--filter', label])).split('\n');
    await docker(['image', 'rm', '--force', image]);
    cpSync(templatesFolder, desk.path('huge'), { recursive: true });
    const release = readFileSync(desk.path('huge/release.yml'), 'utf8');
    writeFileSync(desk.path('huge/release.yml'), release.replace('disk_gb: 20', 'disk_gb: 99999'));
    const update = ['update', '--yes', '--templates', desk.path('huge')];
    const { code, document } = await desk.json(...update);
    expect(document.error).toMatchObject({
      code: 'CHECK_FAILED',
      message: 'This host is not ready: disk-images.',
    });
    expect(code).toBe(3);
    expect((await desk.run(...update, '--ignore', 'disk-images')).code).toBe(0);
    await compose('pull', '--quiet');
  });

  it('tells a stranger on a port from the platform itself', async () => {
    const stranger = createServer().listen(8081, '127.0.0.1');
    await new Promise((resolve) => stranger.once('listening', resolve));
    const { found } = await check('--profile', 'start');
    expect(found('service-ports')).toMatchObject({
      state: 'failed',
      severity: 'requirement',
      found: expect.stringMatching(/^8081 \(chatbot\) is in use by /),
    });
    await new Promise((resolve) => stranger.close(resolve));
    await compose('up', '-d', '--wait');
    const { found: running } = await check('--profile', 'start');
    expect(running('service-ports')).toMatchObject({
      state: 'ok',
      found: 'in use by the platform itself',
    });
    await compose('down', '--timeout', '1');
  });

  it('knows the words of Compose for a file that it cannot read', async () => {
    const path = desk.path('proto/backend/docker-compose.yml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('restart:', 'restrat:'));
    const { found } = await check();
    writeFileSync(path, text);
    expect(found('compose-file')).toMatchObject({
      state: 'failed',
      found: expect.stringMatching(/services\.platform .*restrat/i),
    });
  });
});

const label = 'label=org.opencontainers.image.version';
