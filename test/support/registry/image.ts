import { createCipheriv } from 'node:crypto';
import { addBlob, addManifest, type Descriptor, gzip } from './artifact.ts';
import { digestOf, type Repository, type Store } from './store.ts';
import { tarArchive } from './tar-archive.ts';

export interface ImageOptions {
  readonly version?: string;
  /** Bytes of incompressible filling in the one layer. */
  readonly size?: number;
  readonly format?: 'oci' | 'docker';
  /** `os/architecture`: given, the tag names an index (or manifest list) of one image each. */
  readonly platforms?: readonly string[];
}

const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

/**
 * Stores a small image that a Docker Engine can pull: one layer with a file `VERSION`.
 *
 * @returns the digest that the tag names
 */
export async function pushImage(
  store: Store,
  repositoryName: string,
  tag: string,
  options: ImageOptions = {},
): Promise<{ readonly digest: string }> {
  const repository = store.create(repositoryName);
  if (options.platforms === undefined) {
    return addImage(store, repository, 'linux/amd64', options, tag);
  }
  const manifests: Descriptor[] = [];
  for (const platform of options.platforms) {
    const image = await addImage(store, repository, platform, options);
    manifests.push({ ...image, platform: splitPlatform(platform) });
  }
  const mediaType = mediaTypes[options.format ?? 'oci'].index;
  return addManifest(store, repository, { schemaVersion: 2, mediaType, manifests }, tag);
}

async function addImage(
  store: Store,
  repository: Repository,
  platform: string,
  options: ImageOptions,
  tag?: string,
): Promise<Descriptor> {
  const types = mediaTypes[options.format ?? 'oci'];
  const version = options.version ?? '0';
  const name = `${repository.name} ${version} ${platform}`;
  const filling = noise(options.size ?? 0);
  const tar = tarArchive([
    { path: 'VERSION', content: `${name}\n` },
    ...(filling.length > 0 ? [{ path: 'filling', content: filling }] : []),
  ]);
  const config = {
    ...splitPlatform(platform),
    config: { Labels: { 'org.opencontainers.image.version': version }, Cmd: ['/VERSION'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created_by: name }],
  };
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: await addBlob(store, repository, types.config, configBytes),
    layers: [await addBlob(store, repository, types.layer, gzip(tar))],
  };
  return addManifest(store, repository, manifest, tag);
}

function splitPlatform(platform: string): { readonly os: string; readonly architecture: string } {
  const [os = '', architecture = ''] = platform.split('/');
  return { os, architecture };
}

/** Bytes that no compression shrinks, the same in every run. */
function noise(size: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
}
