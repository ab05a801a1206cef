import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passwordFor } from './client.ts';
import { type EmbeddedRegistry, exampleKey, pushActions, startRegistry } from './index.ts';
import { tarArchive } from './tar-archive.ts';

const vendorKey = {
  ...exampleKey,
  accessKeyId: 'AKIAI44QH8DHBEXAMPLE',
  permissions: pushActions,
};

let registry: EmbeddedRegistry;
let folder: string;

beforeEach(async () => {
  registry = await startRegistry({ keys: [exampleKey, vendorKey] });
  folder = await mkdtemp(join(tmpdir(), 'docker-images-'));
});
afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

const docker = (args: readonly string[], input = '') =>
  execa('docker', args, { input, reject: false, env: { DOCKER_CONFIG: folder } });

async function signIn(key = exampleKey): Promise<void> {
  const password = await passwordFor(registry, { key });
  const args = ['login', '--username', 'AWS', '--password-stdin', registry.registryHost];
  expect((await docker(args, password)).stdout).toContain('Login Succeeded');
}

describe('docker pull', () => {
  it.each([
    ['an OCI image', {}],
    ['a Docker image', { format: 'docker' }],
    ['an OCI index', { platforms: ['linux/arm64', 'linux/amd64'] }],
    ['a Docker manifest list', { format: 'docker', platforms: ['linux/arm64', 'linux/amd64'] }],
  ] as const)('brings %s by its tag and keeps its digest', async (_title, form) => {
    const image = `${registry.registryHost}/proto/platform`;
    const { digest } = await registry.pushImage('proto/platform', 'stable', {
      ...form,
      version: '7',
    });
    await signIn();
    const pulled = await docker(['pull', `${image}:stable`]);

    expect(pulled.stdout).toContain(`Digest: ${digest}`);
    const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
    expect((await docker(['inspect', '--format', label, `${image}@${digest}`])).stdout).toBe('7');
    await docker(['rmi', `${image}:stable`]);
    expect(registry.requests.every(({ known }) => known)).toBe(true);
  });

  it.each([
    ['an unknown tag', 'proto/platform:none', 'Requested image not found'],
    [
      'an unknown repository',
      'proto/none:stable',
      "The repository with name 'proto/none' does not exist in the registry with id '123456789012'",
    ],
  ])("fails with ECR's words for %s", async (_title, reference, words) => {
    await registry.pushImage('proto/platform', 'stable');
    await signIn();
    const pulled = await docker(['pull', `${registry.registryHost}/${reference}`]);

    expect(pulled.exitCode).toBe(1);
    expect(pulled.stderr).toContain(words);
  });

  it('fails without a login and after the twelve hours', async () => {
    await registry.pushImage('proto/platform', 'stable');
    const pull = ['pull', `${registry.registryHost}/proto/platform:stable`];

    expect((await docker(pull)).stderr).toContain('no basic auth credentials');
    await signIn();
    registry.setClockOffset(12 * 60 * 60 * 1000);
    expect((await docker(pull)).stderr).toContain('Your authorization token has expired.');
  });
});

describe('docker push', () => {
  it('brings an image that docker pull gets back', async () => {
    const image = `${registry.registryHost}/proto/pushed:1`;
    registry.createRepository('proto/pushed');
    const file = join(folder, 'content.tar');
    await writeFile(file, tarArchive([{ path: 'noise', content: randomBytes(3_000_000) }]));
    await docker(['import', file, image]);
    const before = await docker(['inspect', '--format', '{{.Id}}', image]);

    await signIn();
    expect((await docker(['push', image])).stderr).toContain('ecr:InitiateLayerUpload');
    await signIn(vendorKey);
    expect((await docker(['push', image])).exitCode).toBe(0);
    await docker(['rmi', image]);
    expect((await docker(['pull', image])).exitCode).toBe(0);

    const after = await docker(['inspect', '--format', '{{.Id}}', image]);
    expect(before.stdout).toMatch(/^sha256:/);
    expect(after.stdout).toBe(before.stdout);
    await docker(['rmi', image]);
  });
});
