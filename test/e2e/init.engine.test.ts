import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { Desk } from '../support/program.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** The vendor's page, word for word, on a real engine: init, up by hand, use, down by hand. */

let registry: EmbeddedRegistry;
let desk: Desk;

const compose = (...args: string[]) =>
  docker(['compose', ...args], { cwd: desk.path('proto/backend'), env: dockerEnv() });
// The operator's own docker configuration, in which the program has logged in.
const dockerEnv = () => ({ DOCKER_CONFIG: desk.path('.docker') });

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  const { code, stderr } = await desk.run('init', '--url', 'chat.example-bank.com', '--pull');
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
});

afterAll(async () => {
  await compose('down', '--volumes', '--timeout', '1');
  await registry.close();
  desk.remove();
});

describe('after init', () => {
  it('nothing runs, and nothing was made in the engine but the images that --pull pulled', async () => {
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
    const lock = JSON.parse(await readFile(desk.path('proto/.proto/lock.json'), 'utf8'));
    const own = ['--filter', `name=${lock.project}`];
    expect(await docker(['volume', 'ls', '--quiet', ...own])).toBe('');
    for (const { repository, digest } of Object.values<{ repository: string; digest: string }>(
      lock.images,
    )) {
      const reference = `${registry.registryHost}/${repository}@${digest}`;
      expect(await docker(['image', 'inspect', '--format', '{{.Id}}', reference])).toMatch(
        /^sha256:/,
      );
    }
  });

  it('docker compose takes the file without a word', async () => {
    expect(await compose('config', '--quiet')).toBe('');
  });

  it('docker compose pull, by hand, gets an image with the login that is stored, and not without', async () => {
    const images = (await compose('config', '--images')).split('\n');
    const image = images.find((name) => name.includes('/chatbot')) ?? '';
    await docker(['image', 'rm', image]);
    const stranger = { cwd: desk.path('proto/backend'), env: { DOCKER_CONFIG: desk.path('none') } };
    await expect(docker(['compose', 'pull', 'chatbot'], stranger)).rejects.toThrow(/auth/);
    await compose('pull', 'chatbot');
    expect(await docker(['image', 'inspect', '--format', '{{.Id}}', image])).toMatch(/^sha256:/);
  });
});

describe('docker compose up -d --wait, by hand in backend/', () => {
  beforeAll(async () => {
    await compose('up', '-d', '--wait');
  });

  it('makes every service healthy, each with its memory limit', async () => {
    const states = await compose('ps', '--format', '{{.Service}} {{.Health}}');
    const healthy = ['bucket', 'chatbot', 'msgrouter_ws', 'platform', 'postgres'];
    expect(states.split('\n').sort()).toEqual(healthy.map((name) => `${name} healthy`));
    const ids = (await compose('ps', '--quiet')).split('\n');
    const limits = await docker(['inspect', '--format', '{{.HostConfig.Memory}}', ...ids]);
    const bytes = limits.split('\n').map(Number);
    expect(Math.min(...bytes)).toBeGreaterThan(0);
    expect(bytes.reduce((sum, limit) => sum + limit)).toBeLessThan(30 * 1024 ** 3);
  });

  it('publishes on 127.0.0.1 alone', async () => {
    const ports = await compose('ps', '--format', '{{.Ports}}');
    const published = [...ports.matchAll(/(\S+)->/g)].map((match) => match[1]);
    expect(published.sort()).toEqual(['127.0.0.1:8080', '127.0.0.1:8081', '127.0.0.1:9000']);
  });

  it.each([
    ['platform', 8080],
    ['chatbot', 8081],
  ])('%s answers on port %i and reads its configuration, not as root', async (service, port) => {
    const answer = await fetch(`http://127.0.0.1:${port}/config`);
    const file = await readFile(desk.path(`proto/backend/config/${service}.toml`));
    expect(await answer.json()).toMatchObject({
      service,
      config: {
        path: '/etc/proto/config.toml',
        readable: true,
        sha256: createHash('sha256').update(file).digest('hex'),
      },
    });
    expect(await compose('exec', '-T', service, 'id', '-u')).not.toBe('0');
    const refused = compose(
      'exec',
      '-T',
      '-u',
      '0',
      service,
      'sh',
      '-c',
      ': > /etc/proto/config.toml',
    );
    await expect(refused).rejects.toThrow(/Read-only file system/);
  });

  it('keeps the configuration from other users of the host', async () => {
    const mode = async (path: string) => (await stat(desk.path(path))).mode & 0o777;
    expect((await mode('proto/backend/config/platform.toml')) & 0o007).toBe(0);
    expect(await mode('proto/backend/config')).toBe(0o700);
    expect(await mode('proto/backend')).toBe(0o700);
  });

  it('msgrouter_ws listens for WebSockets on port 9000', async () => {
    const socket = new (await import('node:net')).Socket();
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('error', reject).on('data', (data) => resolve(data.toString()));
      socket.connect(9000, '127.0.0.1', () =>
        socket.write(
          'GET /msgrouter_ws/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
        ),
      );
    });
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('the bucket takes and gives an object to a service in the network of the installation', async () => {
    const script = `
      const put = (path, body) => fetch('http://bucket:9000/' + path, { method: 'PUT', body });
      await put('attachments');
      await put('attachments/a.txt', 'kept');
      const answer = await fetch('http://bucket:9000/attachments/a.txt');
      console.log(answer.status, await answer.text());`;
    const node = ['node', '--input-type=module', '--eval', script];
    expect(await compose('exec', '-T', 'platform', ...node)).toBe('200 kept');
  });

  it('PostgreSQL takes psql -U postgres -d platform', async () => {
    const psql = ['psql', '-U', 'postgres', '-d', 'platform', '-Atc', 'select current_database()'];
    expect(await compose('exec', '-T', 'postgres', ...psql)).toBe('platform');
  });

  it('the password in platform.toml opens the database over the network', async () => {
    const config = await readFile(desk.path('proto/backend/config/platform.toml'), 'utf8');
    const password = /\[database\][^[]*\npassword = "([^"]+)"/.exec(config)?.[1] ?? '';
    const psql = (word: string) =>
      compose(
        ...['exec', '-T', '-e', `PGPASSWORD=${word}`, 'postgres'],
        ...['psql', '-h', 'postgres', '-U', 'postgres', '-d', 'platform', '-Atc', 'select 1'],
      );
    expect(await psql(password)).toBe('1');
    await expect(psql('wrong')).rejects.toThrow(/password authentication failed/);
  });

  it('and docker compose down, by hand, leaves the data alone', async () => {
    const psql = (sql: string) =>
      compose('exec', '-T', 'postgres', 'psql', '-U', 'postgres', '-d', 'platform', '-Atc', sql);
    await psql('create table kept (n int); insert into kept values (42)');
    await compose('down');
    expect(await docker(['ps', '--all', '--quiet'])).toBe('');
    await compose('up', '-d', '--wait', 'postgres');
    expect(await psql('select n from kept')).toBe('42');
  });
});
