import { arch } from 'node:process';
import { UserError } from '../errors.ts';
import { versionPattern } from '../release/release-order.ts';
import { readBlob } from './blob.ts';
import {
  type Descriptor,
  type ImageManifest,
  object,
  parseJsonObject,
  stringMap,
} from './manifest.ts';
import type { RegistryAccess } from './registry-access.ts';
import { nameOf } from './registry-errors.ts';
import { type ResolvedManifest, resolveManifest } from './resolve.ts';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
const versionKey = 'org.opencontainers.image.version';

const imageConfigTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** Limit for an image config, which has some 10 KB. */
const maxConfig = 4 * 1024 * 1024;

/**
 * The declared version of an image or artifact: an annotation, otherwise a label of its config.
 *
 * @returns undefined if it declares none
 * @throws UserError like `resolveManifest` and `openBlob`
 */
export async function versionOf(
  access: RegistryAccess,
  resolved: ResolvedManifest,
): Promise<string | undefined> {
  const annotated = resolved.manifest.annotations?.[versionKey];
  if (annotated !== undefined) return sound(annotated);
  const { config, annotations } = await imageOf(access, resolved);
  if (annotations?.[versionKey] !== undefined) return sound(annotations[versionKey]);
  if (!imageConfigTypes.includes(config.mediaType) || config.size > maxConfig) return undefined;
  const content = parseJsonObject(await readBlob(access, resolved.repository, config));
  return sound(stringMap(object(content?.config)?.Labels)?.[versionKey]);
}

/** Whoever builds an image writes its labels. A text that is not a version counts as none. */
function sound(version: string | undefined): string | undefined {
  return version !== undefined && versionPattern.test(version) ? version : undefined;
}

/**
 * The download size, in bytes, for a host that has none of the layers yet.
 *
 * @throws UserError as `resolveManifest` does
 */
export async function downloadSizeOf(
  access: RegistryAccess,
  resolved: ResolvedManifest,
): Promise<number> {
  const { config, layers } = await imageOf(access, resolved);
  return layers.reduce((sum, { size }) => sum + size, config.size);
}

/** The image itself; for an index, the one that this host would run. */
async function imageOf(access: RegistryAccess, resolved: ResolvedManifest): Promise<ImageManifest> {
  const { manifest, repository } = resolved;
  if ('layers' in manifest) return manifest;
  const child = childFor(manifest.manifests);
  if (child === undefined) throw noPlatform(resolved);
  const { manifest: image } = await resolveManifest(access, {
    repository,
    reference: child.digest,
  });
  if ('layers' in image) return image;
  throw noPlatform(resolved);
}

/** This host's platform, otherwise linux/amd64, which other engines emulate. */
function childFor(children: readonly Descriptor[]): Descriptor | undefined {
  const own = arch === 'x64' ? 'amd64' : arch;
  return [own, 'amd64']
    .map((wanted) =>
      children.find(({ platform }) => platform?.os === 'linux' && platform.architecture === wanted),
    )
    .find((child) => child !== undefined);
}

function noPlatform(resolved: ResolvedManifest): UserError {
  const message = `${nameOf(resolved)} has no Linux image for this host's CPU architecture.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}
