import { gzipSync } from 'node:zlib';
import { digestOf, type Repository, type Store } from './store.ts';

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** Stores bytes as a blob and describes it. */
export async function addBlob(
  store: Store,
  repository: Repository,
  mediaType: string,
  bytes: Buffer,
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  await store.putBlob(repository, digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

/** Stores a manifest or an index, under a tag where one is given, and describes it. */
export function addManifest(
  store: Store,
  repository: Repository,
  manifest: { readonly mediaType: string; readonly [member: string]: unknown },
  tag?: string,
): Descriptor {
  const bytes = Buffer.from(JSON.stringify(manifest, null, 2));
  const { mediaType } = manifest;
  const digest = digestOf(bytes);
  store.putManifest(repository, { digest, mediaType, bytes }, tag);
  return { mediaType, digest, size: bytes.length };
}

/** Gzip without a time in its head, so that the same bytes always have the same digest. */
export function gzip(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: 6 });
}
