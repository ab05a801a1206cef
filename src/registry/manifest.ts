import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hex digits */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Annotations;
}

export type Annotations = Readonly<Record<string, string>>;

/** An image, or an artifact for one platform. Docker's own form (schema 2) is similar. */
export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Annotations;
}

/** An image for several platforms. Docker's manifest list is similar. */
export interface ImageIndex {
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Annotations;
}

export type Manifest = ImageManifest | ImageIndex;

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';

/** For the Accept header: https://github.com/opencontainers/image-spec/blob/main/media-types.md */
export const manifestTypes: readonly string[] = [
  ociIndex,
  ociManifest,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** `sha256:…` of these bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The descriptor of bytes that are to be stored. */
export function descriptorOf(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/**
 * Parses a manifest or an index. Only the parts that this program uses are checked; the rest is dropped.
 *
 * @param name its name in messages
 * @throws UserError REGISTRY_ANSWER_INVALID if it is neither
 */
export function parseManifest(bytes: Buffer, name: string): Manifest {
  const data = parseJsonObject(bytes);
  const annotations = stringMap(data?.annotations);
  const common = annotations === undefined ? {} : { annotations };
  const manifests = descriptors(data?.manifests);
  if (manifests !== undefined) return { manifests, ...common };
  const config = descriptor(data?.config);
  const layers = descriptors(data?.layers);
  if (config !== undefined && layers !== undefined) return { config, layers, ...common };
  throw new UserError('REGISTRY_ANSWER_INVALID', `The content of ${name} is not a manifest.`);
}

/** A JSON object, or undefined. */
export function parseJsonObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return object(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}

/** The members of an object that are strings; undefined if it is not an object. */
export function stringMap(value: unknown): Annotations | undefined {
  const map = object(value);
  if (map === undefined) return undefined;
  const strings = Object.entries(map).filter(([, member]) => typeof member === 'string');
  return Object.fromEntries(strings) as Annotations;
}

export function object(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function descriptors(value: unknown): readonly Descriptor[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const all = value.map(descriptor);
  return all.every((one) => one !== undefined) ? all : undefined;
}

function descriptor(value: unknown): Descriptor | undefined {
  const { mediaType, digest, size, platform, annotations } = object(value) ?? {};
  const noted = stringMap(annotations);
  if (typeof mediaType !== 'string' || typeof digest !== 'string') return undefined;
  if (!digestPattern.test(digest) || !Number.isSafeInteger(size) || Number(size) < 0) {
    return undefined;
  }
  const { os, architecture } = object(platform) ?? {};
  const known = typeof os === 'string' && typeof architecture === 'string';
  return {
    mediaType,
    digest,
    size: Number(size),
    ...(known && { platform: { os, architecture } }),
    ...(noted !== undefined && { annotations: noted }),
  };
}
