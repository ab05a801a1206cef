import { createHash } from 'node:crypto';
import type { EmbeddedRegistry } from '../registry/index.ts';
import { type Layer, layerOf } from './layer.ts';
import { busybox, node, postgres, postgresEntrypoint, postgresHome, service } from './programs.ts';
import { nodeServices, type Repository, repositories } from './services.ts';

/** The stand-ins' images, put into a registry as its clients would have pushed them. Nothing is pulled, and no engine asked. */

export interface ImageOptions {
  readonly namespace: string;
  /** The tag, such as `stable`. */
  readonly tag: string;
  /** What the image's label `org.opencontainers.image.version` says; another one, another digest. */
  readonly version: string;
  /** All of them by default. */
  readonly services?: readonly Repository[];
  /** These run, but never listen: they do not become healthy. */
  readonly broken?: readonly Repository[];
}

const types = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** @returns for each repository the digest of its manifest, `sha256:…` */
export async function pushImages(
  registry: EmbeddedRegistry,
  { namespace, tag, version, services = repositories, broken = [] }: ImageOptions,
): Promise<ReadonlyMap<Repository, string>> {
  const digests = new Map<Repository, string>();
  for (const name of services) {
    const options = { version, broken: broken.includes(name) };
    const { config, layers } =
      name === 'postgres' ? await postgresImage(options) : await nodeImage(name, options);
    digests.set(name, await pushImage(registry, `${namespace}/${name}`, tag, config, layers));
  }
  return digests;
}

/** What all images of a kind have below: an engine that keeps these need not unpack them again. */
export async function pushParents(registry: EmbeddedRegistry, namespace: string): Promise<void> {
  const parents = { node: await nodeParents(), postgres: await postgresParents() };
  for (const [name, layers] of Object.entries(parents)) {
    await pushImage(registry, `${namespace}/${name}`, 'parents', {}, layers);
  }
}

interface Variant {
  readonly version: string;
  readonly broken: boolean;
}

/** Nothing of this machine changes while tests run: what goes into a layer is looked at once. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const nodeParents = once(async () => [await layerOf(busybox), await layerOf(await node())]);
const postgresParents = once(async () => [await layerOf(busybox), await layerOf(await postgres())]);
const programs = {
  http: once(() => layerOf(service('http'))),
  websocket: once(() => layerOf(service('websocket'))),
  bucket: once(() => layerOf(service('bucket'))),
};
const labels = (version: string) => ({ 'org.opencontainers.image.version': version });

async function nodeImage(name: keyof typeof nodeServices, { version, broken }: Variant) {
  const { program, user } = nodeServices[name];
  const env = [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...[`PROTO_SERVICE=${name}`, `PROTO_VERSION=${version}`, `PROTO_BROKEN=${broken}`],
  ];
  return {
    layers: [...(await nodeParents()), await programs[program]()],
    config: { User: user, Env: env, Cmd: ['node', '/srv/service.mjs'], Labels: labels(version) },
  };
}

/** The conventions of the official image: hub.docker.com/_/postgres */
async function postgresImage({ version, broken }: Variant) {
  const data = '/var/lib/postgresql/data';
  return {
    layers: [...(await postgresParents()), await layerOf(postgresEntrypoint())],
    config: {
      Env: [
        `PATH=${await postgresHome()}/bin:/usr/local/bin:/bin`,
        ...['LANG=C.UTF-8', `PGDATA=${data}`, `PROTO_BROKEN=${broken}`],
      ],
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['postgres'],
      Volumes: { [data]: {} },
      StopSignal: 'SIGINT',
      Labels: labels(version),
    },
  };
}

async function pushImage(
  registry: EmbeddedRegistry,
  repository: string,
  tag: string,
  config: object,
  layers: readonly Layer[],
): Promise<string> {
  const image = {
    os: 'linux',
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created_by: 'the tests' })),
  };
  const configBytes = Buffer.from(JSON.stringify(image));
  const digest = `sha256:${createHash('sha256').update(configBytes).digest('hex')}`;
  await registry.pushRawBlob(repository, configBytes, digest);
  for (const layer of layers) registry.linkBlob(repository, layer.digest, layer);
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: configBytes.length, digest },
    layers: layers.map(({ size, digest }) => ({ mediaType: types.layer, size, digest })),
  };
  return registry.pushRawManifest(repository, manifest, { mediaType: types.manifest, tag });
}
