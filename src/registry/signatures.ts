import { UserError } from '../errors.ts';
import { isUnavailable, readJson, unavailable } from '../lib/net/answer-errors.ts';
import { withRetries } from '../lib/net/retry.ts';
import {
  bundleType,
  payloadType,
  type Signature,
  type Signed,
  signatureAnnotation,
} from '../trust/signature.ts';
import { readBlob } from './blob.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { askRegistry, type RegistryAccess } from './registry-access.ts';
import { resolveManifest } from './resolve.ts';

/** The most signatures of one place that are looked at, and the largest one, in bytes. */
const most = 30;
const largest = 256 * 1024;
const maxIndex = 4 * 1024 * 1024;

/**
 * The signatures of a manifest, in both of cosign's layouts: the referrers of the manifest, by the registry's API or, where it has none, by
 * the tag `sha256-<hex>` (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers), and the tag
 * `sha256-<hex>.sig`. Each place is asked only if those before did not satisfy. What cannot be read as a signature is left out: whoever
 * can push could put it there.
 *
 * @throws UserError as `resolveManifest`, for what is not an answer
 */
export async function* findSignatures(
  access: RegistryAccess,
  signed: Signed,
): AsyncGenerator<Signature> {
  const { repository } = signed;
  const tag = signed.digest.replace(':', '-');
  const manifests = async (listed: Manifest | undefined) =>
    (listed !== undefined && 'manifests' in listed ? listed.manifests : []).slice(0, most);
  const seen = new Set<string>();
  for (const list of [
    () => referrers(access, signed),
    () => ifPresent(() => resolved(access, repository, tag)),
  ]) {
    for (const { digest } of await manifests(await list())) {
      // Some registries list it, and whoever pushed it could not know.
      if (seen.has(digest)) continue;
      seen.add(digest);
      const manifest = await ifPresent(() => resolved(access, repository, digest));
      if (manifest !== undefined) yield* inLayers(access, repository, manifest);
    }
  }
  const older = await ifPresent(() => resolved(access, repository, `${tag}.sig`));
  if (older !== undefined) yield* inLayers(access, repository, older);
}

async function resolved(access: RegistryAccess, repository: string, reference: string) {
  return (await resolveManifest(access, { repository, reference })).manifest;
}

async function* inLayers(
  access: RegistryAccess,
  repository: string,
  manifest: Manifest,
): AsyncGenerator<Signature> {
  for (const layer of 'layers' in manifest ? manifest.layers.slice(0, most) : []) {
    const read = () => readBlob(access, repository, layer);
    const signature = layer.annotations?.[signatureAnnotation];
    if (layer.size > largest) continue;
    if (layer.mediaType === bundleType) {
      const bytes = await ifPresent(read);
      if (bytes !== undefined) yield { layout: 'bundle', bundle: bytes.toString() };
    } else if (layer.mediaType === payloadType && signature !== undefined) {
      const bytes = await ifPresent(read);
      if (bytes !== undefined) yield { layout: 'payload', payload: bytes.toString(), signature };
    }
  }
}

/** What the registry lists; undefined if it does not have the API. An artifact type in the list is a hint only, so it is not asked for. */
async function referrers(
  access: RegistryAccess,
  { repository, digest }: Signed,
): Promise<Manifest | undefined> {
  const { network, signal } = access;
  const url = new URL(`/v2/${repository}/referrers/${digest}`, access.url);
  const accept = 'application/vnd.oci.image.index.v1+json';
  const headers = { ...access.headers(), accept };
  return withRetries({ ...network, host: url.host, signal }, async (limited) => {
    const response = await askRegistry({ ...access, signal: limited }, { url, headers });
    if (isUnavailable(response.status)) throw unavailable(response);
    if (response.status !== 200) {
      response.discard();
      return undefined;
    }
    const bytes = await readJson(response, maxIndex, 'a registry');
    return parseManifest(bytes, `the list of referrers of ${repository}@${digest}`);
  });
}

/** Undefined for what the registry does not have, or not as it should be. */
async function ifPresent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const absent = ['RELEASE_UNKNOWN', 'REPOSITORY_UNKNOWN', 'REGISTRY_ANSWER_INVALID'];
    if (error instanceof UserError && absent.includes(error.code)) return undefined;
    throw error;
  }
}
