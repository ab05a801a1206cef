import { type BundleOptions, type PushedBundle, pushBundle } from './bundle.ts';
import { type ImageOptions, pushImage } from './image.ts';
import { type ReleaseSeed, type SeededRelease, seedRelease } from './release.ts';
import { type Blob, digestOf, type Store } from './store.ts';
import type { TarEntry } from './tar-archive.ts';

export interface RawOptions {
  /** The digest it is stored under, right or not; its own where absent. */
  readonly digest?: string;
  readonly mediaType?: string;
  readonly tag?: string;
}

/** Puts content into the registry from inside, past its API. A repository is made where needed. */
export interface Publisher {
  createRepository(repository: string): void;
  pushBundle(
    repository: string,
    tag: string,
    content: readonly TarEntry[] | Buffer,
    options?: BundleOptions,
  ): Promise<PushedBundle>;
  pushImage(
    repository: string,
    tag: string,
    options?: ImageOptions,
  ): Promise<{ readonly digest: string }>;
  seedRelease(seed?: ReleaseSeed): Promise<SeededRelease>;
  /** Stores any bytes as a manifest; an object is stored as JSON. Returns its digest. */
  pushRawManifest(repository: string, manifest: object | Buffer, options?: RawOptions): string;
  /** Stores any bytes as a blob; `digest` need not be theirs. Returns the digest. */
  pushRawBlob(repository: string, bytes: Buffer, digest?: string): Promise<string>;
  /** A file as a blob, without a copy of it: it has to stay where it is. */
  linkBlob(repository: string, digest: string, blob: Blob): void;
}

export function createPublisher(store: Store): Publisher {
  return {
    createRepository: (repository) => void store.create(repository),
    pushBundle: (repository, tag, content, options) =>
      pushBundle(store, repository, tag, content, options),
    pushImage: (repository, tag, options) => pushImage(store, repository, tag, options),
    seedRelease: (seed) => seedRelease(store, seed),
    pushRawManifest(repository, manifest, options = {}) {
      const bytes = Buffer.isBuffer(manifest) ? manifest : Buffer.from(JSON.stringify(manifest));
      const mediaType = options.mediaType ?? 'application/vnd.oci.image.manifest.v1+json';
      const digest = options.digest ?? digestOf(bytes);
      store.putManifest(store.create(repository), { digest, mediaType, bytes }, options.tag);
      return digest;
    },
    async pushRawBlob(repository, bytes, digest = digestOf(bytes)) {
      await store.putBlob(store.create(repository), digest, bytes);
      return digest;
    },
    linkBlob: (repository, digest, blob) => store.linkBlob(store.create(repository), digest, blob),
  };
}
