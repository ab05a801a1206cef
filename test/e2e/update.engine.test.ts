import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../support/engine/docker.ts';
import { Desk } from '../support/program.ts';
import { lookAtHealthSooner } from '../support/quick-health.ts';
import type { EmbeddedRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { publish, startVendor } from '../support/vendor.ts';

/** An update night on a real engine: edits by hand, a pull that breaks off, the update, and back again. */

let registry: EmbeddedRegistry;
let desk: Desk;

const dockerEnv = () => ({ DOCKER_CONFIG: desk.path('.docker') });
const compose = (...args: string[]) =>
  docker(['compose', ...args], { cwd: desk.path('proto/backend'), env: dockerEnv() });
const running = async () => (await docker(['ps', '--quiet', '--no-trunc'])).split('\n').sort();
const versions = async () => {
  const ids = (await compose('ps', '--quiet')).split('\n');
  const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
  return new Set((await docker(['inspect', '--format', label, ...ids])).split('\n'));
};
const backups = () => readdirSync(desk.folder).filter((name) => name.startsWith('proto-backup-'));
const update = (...args: string[]) => desk.run('update', '--yes', ...args);

const edits: [file: string, from: string, to: string][] = [
  ['config/platform.toml', 'algorithm = "HS256"', 'algorithm = "HS512" # ours: policy 12'],
  ['config/chatbot.toml', 'name = "platform"\n# User', 'name = "platform" # the big one\n# User'],
  ['docker-compose.yml', 'memory: 6144m', 'memory: 3g # a small host'],
];

beforeAll(async () => {
  registry = await startVendor();
  await publish(registry, { version: '2026.9.0', tags: ['stable'] });
  desk = new Desk(registry);
  desk.credentials();
  const old = ['--templates', releaseFolder('2026.9.0')];
  const { code, stderr } = await desk.run('init', '--url', 'chat.example-bank.com', ...old);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  for (const [file, from, to] of edits) {
    const path = desk.path('proto/backend', file);
    const text = await readFile(path, 'utf8');
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
  }
  // The newer release has none, and an override that names it would be refused.
  lookAtHealthSooner(desk.path('proto'), { mailer: undefined });
  await compose('up', '-d', '--wait');
  await publish(registry, { version: '2026.11.0', tags: ['stable'] });
});

afterAll(async () => {
  await compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
  await registry.close();
  desk.remove();
});

describe('update', () => {
  it('--dry-run shows what would come and leaves all as it is', async () => {
    const before = await running();
    const { code, stdout } = await desk.run('update', '--dry-run', '--exit-code', '--diff');
    expect(code).toBe(5);
    expect(stdout).toMatch(/platform +2026\.9\.0 → 2026\.11\.0/);
    expect(stdout).toContain('api.algorithm keeps your value');
    expect(await running()).toEqual(before);
  });

  it('leaves the running platform running when a pull breaks off', async () => {
    const before = await running();
    const lock = await readFile(desk.path('proto/.proto/lock.json'), 'utf8');
    // Two images come; the third does not, and only docker is reported so.
    const match = { path: /^\/v2\/proto\/msgrouter-ws\/blobs\//, userAgent: /^docker\// };
    registry.faults.add({ match, kind: 'status', status: 403 });
    const { code, stderr } = await update();
    registry.faults.clear();
    expect(stderr).toContain('Pulling 3 of');
    expect(`${stderr} ${code}`).toMatch(/ 4$/);
    expect(stderr).not.toContain('    at ');
    expect(await running()).toEqual(before);
    expect(await readFile(desk.path('proto/.proto/lock.json'), 'utf8')).toBe(lock);
  });

  it('has the images of the newer release on the host before the old containers stop', async () => {
    const events = spawn('docker', ['events', '--format', '{{.Type}} {{.Action}}'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    events.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const { code, stdout, stderr } = await update();
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    events.kill();
    const lines = seen.split('\n');
    expect(lines.filter((line) => line === 'image pull').length).toBeGreaterThan(0);
    expect(lines.indexOf('container kill')).toBeGreaterThan(lines.lastIndexOf('image pull'));
    expect(stdout).toContain('docker compose up -d');
  });

  it('has backed the data up before, without a terminal to ask at', async () => {
    const [made = '', ...more] = backups();
    // The one of the update that was interrupted, and this one.
    expect(more).toHaveLength(1);
    const { code, stdout } = await desk.run('backup', '--verify', desk.path(made));
    expect(code).toBe(0);
    expect(stdout).toMatch(/database \(postgres\)/);
  });

  it('leaves the platform stopped, and every edit in its place', async () => {
    expect(await docker(['ps', '--quiet'])).toBe('');
    for (const [file, , to] of edits) {
      expect(await readFile(desk.path('proto/backend', file), 'utf8')).toContain(to);
    }
  });

  it('and by hand the platform comes up on the newer release', async () => {
    await compose('up', '-d', '--wait', '--remove-orphans');
    expect(await versions()).toEqual(new Set(['2026.11.0']));
  });

  it('a second one has nothing new, and touches nothing', async () => {
    const before = await running();
    const { code, stdout } = await update();
    expect(code).toBe(0);
    expect(stdout).toContain('Already up to date');
    expect(await running()).toEqual(before);
  });
});

describe('rollback', () => {
  it('takes the platform down and goes back to the old files, edits and digests', async () => {
    const { code, stdout } = await desk.run('rollback', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/data/i);
    expect(await docker(['ps', '--quiet'])).toBe('');
    for (const [file, , to] of edits) {
      expect(await readFile(desk.path('proto/backend', file), 'utf8')).toContain(to);
    }
  });

  it('and by hand the platform comes up on the old digests', async () => {
    await compose('up', '-d', '--wait', '--remove-orphans');
    expect(await versions()).toEqual(new Set(['2026.9.0']));
  });
});

describe('update --prune', () => {
  it('removes images that no state needs, and no others', async () => {
    const { registryHost } = registry;
    await publish(registry, { version: '2026.11.1', tags: ['stray'] });
    await docker(['pull', `${registryHost}/proto/bucket:stray`]);
    await docker(['tag', `${registryHost}/proto/bucket:stray`, 'other/bucket:mine']);
    const listed = async () =>
      docker(['image', 'ls', '--digests', '--format', '{{.Repository}} {{.Digest}}']);
    const digestOf = (tag: string) =>
      docker(['image', 'inspect', '--format', '{{index .RepoDigests 0}}', tag]);
    const stray = (await digestOf(`${registryHost}/proto/bucket:stray`)).split('@')[1] ?? '';
    expect(await listed()).toContain(`${registryHost}/proto/bucket ${stray}`);

    // Another installation beside this one, and one that only the engine knows of, need the strays of two more images.
    const strayOf = async (name: string) => {
      await docker(['pull', `${registryHost}/proto/${name}:stray`]);
      return (await digestOf(`${registryHost}/proto/${name}:stray`)).split('@')[1] ?? '';
    };
    const [chatbot, postgres] = [await strayOf('chatbot'), await strayOf('postgres')];
    const lock = JSON.parse(await readFile(desk.path('proto/.proto/lock.json'), 'utf8'));
    lock.images.chatbot.digest = chatbot;
    mkdirSync(desk.path('beside/.proto'), { recursive: true });
    desk.write('beside/.proto/lock.json', lock);
    const labels = {
      installation: 'other',
      folder: '/srv/other',
      images: JSON.stringify({ 'proto/postgres': { digest: postgres } }),
    };
    const given = Object.entries(labels).flatMap(([key, value]) => [
      '--label',
      `proto-scaffold.${key}=${value}`,
    ]);
    await docker(['volume', 'create', ...given, 'other.proto-scaffold']);
    // A service of the operator's own is in no lock.
    const router = `${registryHost}/proto/msgrouter-ws@${await strayOf('msgrouter-ws')}`;
    const own = `  own:\n    image: ${router}\n    profiles: [own]\n`;
    await appendFile(desk.path('proto/backend/docker-compose.override.yml'), own);

    const before = backups();
    const { code } = await update('--prune', '--no-backup');
    expect(code).toBe(0);
    expect(backups()).toEqual(before);
    const left = await listed();
    expect(left).not.toContain(`${registryHost}/proto/bucket ${stray}`);
    expect(left).toContain(`${registryHost}/proto/chatbot ${chatbot}`);
    expect(left).toContain(`${registryHost}/proto/postgres ${postgres}`);
    expect(left).toContain(router.replace('@', ' '));
    await docker(['volume', 'rm', 'other.proto-scaffold']);
    const state = async (path: string) => JSON.parse(await readFile(desk.path(path), 'utf8'));
    const states = ['proto/.proto/lock.json', 'proto/.proto/history/1/lock.json'];
    for (const { images } of await Promise.all(states.map(state))) {
      expect(left).toContain(images.platform.digest);
    }
    expect(await docker(['image', 'ls', '--quiet', 'other/bucket:mine'])).not.toBe('');
  });
});
