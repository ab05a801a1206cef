import { arch } from 'node:process';
import { UserError } from '../errors.ts';
import { versionPattern } from '../release/release-order.ts';
import { readBlob, requestBlob } from './blob.ts';
import {
  type Descriptor,
  type ImageManifest,
  object,
  parseJsonObject,
  stringMap,
} from './manifest.ts';
import type { RegistryAccess } from './registry-access.ts';
import { type Asked, nameOf } from './registry-errors.ts';
import { type ResolvedManifest, resolveManifest } from './resolve.ts';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
const versionKey = 'org.opencontainers.image.version';

const imageConfigTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** Limit for an image config, which has some 10 KB. */
const maxConfig = 4 * 1024 * 1024;

/** How long what is only shown to the operator may take, in ms. */
const shownWithinMs = 10_000;

/** What a later try may correct. A wrong answer is not among them: the image would not run, either. */
const passing = /^NETWORK_|^SERVICE_UNAVAILABLE$/;

/** A fact that is only shown: if the network does not give it in time, the command goes on without it. */
async function ifKnown<T>(
  access: RegistryAccess,
  look: (access: RegistryAccess) => Promise<T>,
): Promise<T | undefined> {
  const { signal: outer, network } = access;
  const signal = AbortSignal.any([
    AbortSignal.timeout(shownWithinMs),
    ...(outer === undefined ? [] : [outer]),
  ]);
  try {
    return await look({ ...access, signal });
  } catch (error) {
    outer?.throwIfAborted();
    const mayPass = error instanceof UserError ? passing.test(error.code) : signal.aborted;
    if (!mayPass) throw error;
    network.trace?.(`Not known, and not needed: ${(error as Error).message}`);
    return undefined;
  }
}

/** The declared version of an image or artifact: an annotation, otherwise a label of its config. */
export async function versionOf(
  access: RegistryAccess,
  resolved: ResolvedManifest,
): Promise<string | undefined> {
  const annotated = resolved.manifest.annotations?.[versionKey];
  if (annotated !== undefined) return sound(annotated);
  return ifKnown(access, async (limited) => {
    const { config, annotations } = await imageOf(limited, resolved);
    if (annotations?.[versionKey] !== undefined) return sound(annotations[versionKey]);
    if (!imageConfigTypes.includes(config.mediaType) || config.size > maxConfig) return undefined;
    const content = parseJsonObject(await readBlob(limited, resolved.repository, config));
    return sound(stringMap(object(content?.config)?.Labels)?.[versionKey]);
  });
}

/** Whoever builds an image writes its labels. A text that is not a version counts as none. */
function sound(version: string | undefined): string | undefined {
  return version !== undefined && versionPattern.test(version) ? version : undefined;
}

/** The download size, in bytes, for a host that has none of the layers yet. */
export function downloadSizeOf(
  access: RegistryAccess,
  resolved: ResolvedManifest,
): Promise<number | undefined> {
  return ifKnown(access, async (limited) => {
    const { config, layers } = await imageOf(limited, resolved);
    return layers.reduce((sum, { size }) => sum + size, config.size);
  });
}

/**
 * The host from which the first byte of an image comes: the registry redirects to it.
 *
 * @throws UserError as `resolveManifest` and `openBlob` do
 */
export async function storageHostOf(access: RegistryAccess, asked: Asked): Promise<string> {
  const { config, layers } = await imageOf(access, await resolveManifest(access, asked));
  const { repository } = asked;
  const { digest } = layers[0] ?? config;
  const response = await requestBlob(access, { repository, reference: digest }, 0);
  for await (const chunk of response.chunks()) if (chunk.length > 0) break;
  return response.url.host;
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
