import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { pushImages } from '../support/images/build.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { startVendor } from '../support/vendor.ts';

const config = 'url = "chat.example-bank.com"\n';
const images = { namespace: 'rig', tag: 'stable' };
const version = '2026.11.0';
let folder: string;
let registry: EmbeddedRegistry;

const compose = (...args: string[]) =>
  docker(['compose', '--project-name', 'rig', ...args], {
    cwd: folder,
    env: { IMAGES: `${registry.registryHost}/${images.namespace}`, TAG: images.tag },
  });

async function urlOf(service: string, port: number): Promise<string> {
  return `http://${await compose('port', service, String(port))}`;
}

async function psql(query: string, ...options: string[]): Promise<string> {
  const base = ['psql', '--no-password', '-U', 'postgres', '-d', 'platform', '-Atc', query];
  return compose('exec', '-T', 'postgres', ...base, ...options);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-rig-'));
  await copyFile(new URL('engine-rig.compose.yml', import.meta.url), join(folder, 'compose.yml'));
  await writeFile(join(folder, 'config.toml'), config);
  await writeFile(join(folder, 'postgres_password'), 'correct horse\n', { mode: 0o600 });
  registry = await startVendor();
  await pushImages(registry, { ...images, version });
  await compose('up', '--detach', '--wait');
});

afterAll(async () => {
  await compose('down', '--volumes', '--timeout', '1');
  await registry.close();
  await rm(folder, { recursive: true });
});

describe('the stand-ins, brought up together by docker compose', () => {
  it('are all healthy', async () => {
    const states = await compose('ps', '--format', '{{.Service}} {{.Health}}');
    expect(states.split('\n').sort()).toEqual([
      'bucket healthy',
      'chatbot healthy',
      'msgrouter_ws healthy',
      'platform healthy',
      'postgres healthy',
    ]);
  });

  it.each(['platform', 'chatbot'])('%s tells what reached it, and counts uploads', async (name) => {
    const url = `${await urlOf(name, 8080)}/a/b?c=d`;
    const first = await fetch(url, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(await first.json()).toMatchObject({
      service: name,
      version,
      method: 'GET',
      path: '/a/b?c=d',
      headers: { 'x-forwarded-for': '192.0.2.1' },
      uploads: 0,
    });
    const upload = await fetch(url, { method: 'POST', body: 'x'.repeat(70_000) });
    expect(await upload.json()).toMatchObject({ method: 'POST', bodyBytes: 70_000, uploads: 1 });
  });

  it.each([
    ['platform', 8080],
    ['msgrouter_ws', 9000],
  ])('%s runs without root and says whether it can read its configuration', async (name, port) => {
    const url = `${await urlOf(name, port)}/config`;
    const path = '/etc/proto/config.toml';
    const sha256 = createHash('sha256').update(config).digest('hex');
    expect(await (await fetch(url)).json()).toMatchObject({
      config: { path, readable: true, sha256 },
    });
    await chmod(join(folder, 'config.toml'), 0o600);
    expect(await (await fetch(url)).json()).toMatchObject({
      config: { path, readable: false, error: 'EACCES' },
    });
    await chmod(join(folder, 'config.toml'), 0o644);
    expect(await compose('exec', '-T', name, 'id', '-u')).toBe('10001');
  });

  it('msgrouter-ws sends a WebSocket message back', async () => {
    const url = await urlOf('msgrouter_ws', 9000);
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    // RFC 6455: the handshake of section 1.3, the masked "Hello" and its unmasked echo of 5.7.
    const hello = Buffer.from('818537fa213d7f9f4d5158', 'hex');
    const { accept, echo } = await new Promise<{ accept: unknown; echo: string }>((resolve, no) => {
      const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': key };
      get(`${url}/chat`, { headers })
        .on('error', no)
        .on('upgrade', ({ headers: { 'sec-websocket-accept': accept } }, socket) => {
          socket.once('data', (bytes: Buffer) => {
            socket.destroy();
            resolve({ accept, echo: bytes.toString('hex') });
          });
          socket.write(hello.subarray(0, 3));
          socket.write(hello.subarray(3));
        });
    });
    expect(accept).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(echo).toBe('810548656c6c6f');
  });

  it('bucket keeps objects across a new container', async () => {
    const put = { method: 'PUT', body: 'attachment' };
    const before = await urlOf('bucket', 9000);
    expect((await fetch(`${before}/files`, { method: 'PUT' })).status).toBe(200);
    expect((await fetch(`${before}/files/a/b%20%26.txt`, put)).status).toBe(200);
    expect((await fetch(`${before}/files/none`, { method: 'HEAD' })).status).toBe(404);
    await compose('up', '--detach', '--wait', '--force-recreate', '--timeout', '1', 'bucket');

    const after = await urlOf('bucket', 9000);
    const listing = await (await fetch(`${after}/files?list-type=2&prefix=a/`)).text();
    expect(listing).toContain('<KeyCount>1</KeyCount><Contents><Key>a/b &#38;.txt</Key>');
    expect(await (await fetch(`${after}/files/a/b%20%26.txt`)).text()).toBe('attachment');
    await fetch(`${after}/files/a/b%20%26.txt`, { method: 'DELETE' });
    expect((await fetch(`${after}/files/a/b%20%26.txt`)).status).toBe(404);
  });

  it('postgres is the real one, and wants the password over the network', async () => {
    expect(await psql('SELECT current_database(), current_user')).toBe('platform|postgres');
    const asGuest = ['-h', 'postgres'];
    await expect(psql('SELECT 1', ...asGuest)).rejects.toThrow('no password supplied');
    const withPassword = 'PGPASSWORD="correct horse" psql -h postgres -U postgres -Atc "SELECT 2"';
    expect(await compose('exec', '-T', 'postgres', 'sh', '-c', withPassword)).toBe('2');
  });

  it('postgres can dump, restore and keep its data', async () => {
    await psql('CREATE TABLE kept AS SELECT 42 AS answer');
    await psql('CREATE DATABASE copy');
    const copy =
      'pg_dump -Fc -U postgres platform >/tmp/dump && pg_restore -U postgres -d copy /tmp/dump';
    await compose('exec', '-T', 'postgres', 'sh', '-c', copy);
    expect(await psql('SELECT answer FROM kept', '-d', 'copy')).toBe('42');
    await compose('up', '--detach', '--wait', '--force-recreate', '--timeout', '10', 'postgres');
    expect(await psql('SELECT answer FROM kept')).toBe('42');
  });
});

describe('the images', () => {
  it('of one version are one image, of another version another', async () => {
    const digests = async (wanted: string) => {
      const pushed = await pushImages(registry, { ...images, tag: 'other', version: wanted });
      return [...pushed.values()];
    };
    const first = await digests(version);
    expect(await digests(version)).toEqual(first);
    expect(new Set([...first, ...(await digests('2026.12.0'))]).size).toBe(10);
  });

  it('come from the registry by digest, and a new version moves their tag', async () => {
    const services = ['bucket', 'postgres'] as const;
    const moving = { ...images, tag: 'moving', services };
    const old = await pushImages(registry, { ...moving, version });
    await pushImages(registry, { ...moving, version: '2026.12.0' });
    const versionOf = async (reference: string) => {
      await docker(['pull', '--quiet', reference]);
      const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
      return docker(['image', 'inspect', '--format', label, reference]);
    };
    for (const name of services) {
      const repository = `${registry.registryHost}/${images.namespace}/${name}`;
      expect(await versionOf(`${repository}@${old.get(name)}`)).toBe(version);
      expect(await versionOf(`${repository}:moving`)).toBe('2026.12.0');
    }
    expect(registry.requests.every(({ known }) => known)).toBe(true);
  });

  it('built as broken run, but do not become healthy', async () => {
    const broken = ['chatbot', 'postgres'] as const;
    await pushImages(registry, { ...images, tag: 'broken', version, services: broken, broken });
    const containers = await Promise.all(
      broken.map((name) => {
        const image = `${registry.registryHost}/${images.namespace}/${name}:broken`;
        const health =
          name === 'postgres'
            ? 'pg_isready -U postgres'
            : 'grep -Esq ":1F90 0+:0000 0A" /proc/net/tcp /proc/net/tcp6';
        return docker([
          ...['run', '--quiet', '--detach', '--init', '--health-interval', '200ms'],
          ...['--health-retries', '2', '--health-cmd', health, image],
        ]);
      }),
    );
    const format = '{{.State.Status}} {{.State.Health.Status}}';
    const states = () => docker(['inspect', '--format', format, ...containers]);
    await expect.poll(states, { timeout: 60_000 }).toBe('running unhealthy\nrunning unhealthy');
    await docker(['rm', '--force', ...containers]);
  });
});
