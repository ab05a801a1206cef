import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract, list } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basicAuth } from './client.ts';
import { type EmbeddedRegistry, startRegistry } from './index.ts';
import { digestOf } from './store.ts';
import { tarArchive } from './tar-archive.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
interface Manifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly manifests: readonly (Descriptor & { platform: { architecture: string } })[];
}

let registry: EmbeddedRegistry;
let folder: string;
let auth: { readonly authorization: string };

beforeEach(async () => {
  registry = await startRegistry();
  folder = await mkdtemp(join(tmpdir(), 'content-test-'));
  auth = await basicAuth(registry);
});
afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

async function manifestOf(repository: string, reference: string): Promise<Manifest> {
  const url = `${registry.url}/v2/${repository}/manifests/${reference}`;
  return (await (await fetch(url, { headers: auth })).json()) as Manifest;
}

async function blobOf(repository: string, { digest, size }: Descriptor): Promise<Buffer> {
  const url = `${registry.url}/v2/${repository}/blobs/${digest}`;
  const bytes = Buffer.from(await (await fetch(url, { headers: auth })).arrayBuffer());
  expect([digestOf(bytes), bytes.length]).toEqual([digest, size]);
  return bytes;
}

async function unpack(repository: string, reference: string): Promise<string> {
  const { layers } = await manifestOf(repository, reference);
  const file = join(folder, 'layer.tar.gz');
  await writeFile(file, await blobOf(repository, layers[0] as Descriptor));
  await extract({ file, cwd: folder, strict: true });
  return folder;
}

describe('a seeded release', () => {
  it('has the images and static bundles of the design under its channel and its version', async () => {
    const { images, bundles, version } = await registry.seedRelease();

    expect(version).toBe('2026.11.0');
    expect(Object.keys(images)).toEqual([
      'platform',
      'chatbot',
      'msgrouter-ws',
      'postgres',
      'bucket',
    ]);
    expect(Object.keys(bundles)).toEqual(['web-app', 'webchat']);
    for (const [name, digest] of Object.entries({ ...images, ...bundles })) {
      for (const tag of ['stable', version]) {
        const url = `${registry.url}/v2/proto/${name}/manifests/${tag}`;
        const head = await fetch(url, { method: 'HEAD', headers: auth });
        expect(head.headers.get('docker-content-digest')).toBe(digest);
      }
    }
  });

  it('has the same digests in every run, and others for another version', async () => {
    const first = await registry.seedRelease();
    const again = await registry.seedRelease({ namespace: 'twin/proto' });
    const next = await registry.seedRelease({ version: '2026.12.0' });

    expect(again.bundles).toEqual(first.bundles);
    for (const [name, digest] of Object.entries({ ...first.images, ...first.bundles })) {
      expect({ ...next.images, ...next.bundles }[name]).not.toBe(digest);
    }
  });

  it('takes the lists that a test gives', async () => {
    const seeded = await registry.seedRelease({
      namespace: 'bank',
      version: '1',
      tags: ['beta'],
      images: ['one'],
      bundles: [{ name: 'site', content: [{ path: 'index.html', content: 'hello' }] }],
    });

    expect(Object.keys(seeded.images)).toEqual(['one']);
    await unpack('bank/site', 'beta');
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toBe('hello');
  });
});

describe('the web app bundle', () => {
  it('is an artifact with one layer that names its version', async () => {
    await registry.seedRelease();
    const manifest = await manifestOf('proto/web-app', 'stable');

    expect(manifest.artifactType).toBe('application/vnd.proto.static-bundle.v1');
    expect(manifest.config.mediaType).toBe('application/vnd.oci.empty.v1+json');
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar+gzip',
    ]);
    expect(manifest.annotations).toEqual({ 'org.opencontainers.image.version': '2026.11.0' });
  });

  it('loads assets whose names carry the hash of their bytes', async () => {
    await registry.seedRelease({ version: '2027.1.0' });
    await unpack('proto/web-app', 'stable');
    const page = await readFile(join(folder, 'index.html'), 'utf8');
    const assets = await readdir(join(folder, 'assets'));

    expect(assets).toHaveLength(2);
    for (const name of assets) {
      expect(page).toContain(`/assets/${name}`);
      const bytes = await readFile(join(folder, 'assets', name));
      expect(digestOf(bytes)).toContain(`sha256:${name.split('.')[1]}`);
    }
    const script = assets.find((name) => name.endsWith('.js')) ?? '';
    expect(await readFile(join(folder, 'assets', script), 'utf8')).toContain("'2027.1.0'");
  });
});

describe('an image', () => {
  it.each(['oci', 'docker'] as const)(
    'of form %s has layers that fit its config',
    async (format) => {
      await registry.pushImage('proto/platform', 'stable', { version: '7', format, size: 5000 });
      const manifest = await manifestOf('proto/platform', 'stable');
      const config = JSON.parse(String(await blobOf('proto/platform', manifest.config)));
      const layer = await blobOf('proto/platform', manifest.layers[0] as Descriptor);

      expect(manifest.mediaType).toContain(format);
      expect(layer.length).toBeGreaterThan(5000);
      expect(config.rootfs.diff_ids).toEqual([digestOf(gunzipSync(layer))]);
      expect(config.config.Labels).toEqual({ 'org.opencontainers.image.version': '7' });
    },
  );

  it('for several platforms is an index of one image each', async () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    await registry.pushImage('proto/platform', 'stable', { platforms });
    const index = await manifestOf('proto/platform', 'stable');

    expect(index.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual([
      'amd64',
      'arm64',
    ]);
    for (const { digest, platform } of index.manifests) {
      const { config } = await manifestOf('proto/platform', digest);
      const { architecture } = JSON.parse(String(await blobOf('proto/platform', config)));
      expect(architecture).toBe(platform.architecture);
    }
  });
});

describe('an archive', () => {
  it('is written as it was ordered, hostile paths and links too', async () => {
    const archive = tarArchive([
      { path: '../outside', content: 'x' },
      { path: '/etc/passwd', content: 'x' },
      { path: 'link', type: 'SymbolicLink', linkpath: '/etc' },
    ]);
    const file = join(folder, 'hostile.tar');
    await writeFile(file, archive);
    const seen: string[] = [];
    await list({
      file,
      preservePaths: true,
      onReadEntry: ({ type, path, linkpath }) => {
        seen.push(`${type} ${path} ${linkpath ?? ''}`.trimEnd());
      },
    });

    expect(seen).toEqual(['File ../outside', 'File /etc/passwd', 'SymbolicLink link /etc']);
  });

  it('refuses an entry that it could not write exactly', () => {
    expect(() => tarArchive([{ path: 'x', type: 'Link', linkpath: 'x'.repeat(300) }])).toThrow(
      'does not fit',
    );
  });
});
