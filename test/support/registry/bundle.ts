import { addBlob, addManifest, type Descriptor, gzip } from './artifact.ts';
import type { Store } from './store.ts';
import { type TarEntry, tarArchive } from './tar-archive.ts';

export interface BundleOptions {
  readonly version?: string;
  readonly layerMediaType?: string;
  readonly artifactType?: string;
}

/** What was stored. */
export interface PushedBundle {
  /** Of the manifest. */
  readonly digest: string;
  readonly layer: Descriptor;
}

/**
 * Stores a static bundle as an OCI artifact with one layer, the way Helm and oras store theirs:
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
 *
 * @param content entries of the archive, or a finished `.tar.gz`
 */
export async function pushBundle(
  store: Store,
  repositoryName: string,
  tag: string,
  content: readonly TarEntry[] | Buffer,
  options: BundleOptions = {},
): Promise<PushedBundle> {
  const repository = store.create(repositoryName);
  const archive = Buffer.isBuffer(content) ? content : gzip(tarArchive(content));
  const layerType = options.layerMediaType ?? 'application/vnd.oci.image.layer.v1.tar+gzip';
  const emptyType = 'application/vnd.oci.empty.v1+json';
  const config = await addBlob(store, repository, emptyType, Buffer.from('{}'));
  const layer = await addBlob(store, repository, layerType, archive);
  const title = `${repositoryName.split('/').at(-1)}.tar.gz`;
  const { version } = options;
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: options.artifactType ?? 'application/vnd.proto.static-bundle.v1',
    config,
    layers: [{ ...layer, annotations: { 'org.opencontainers.image.title': title } }],
    ...(version && { annotations: { 'org.opencontainers.image.version': version } }),
  };
  return { digest: addManifest(store, repository, manifest, tag).digest, layer };
}
