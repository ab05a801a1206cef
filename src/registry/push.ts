import { UserError } from '../errors.ts';
import { isUnavailable, readJson, unavailable } from '../lib/net/answer-errors.ts';
import type { NetworkRequest, NetworkResponse } from '../lib/net/network.ts';
import { withRetries } from '../lib/net/retry.ts';
import { digestOf, parseJsonObject } from './manifest.ts';
import { askRegistry, type RegistryAccess } from './registry-access.ts';
import { type Asked, registryFailure } from './registry-errors.ts';

/**
 * Pushes to a registry (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push). Only the vendor's commands do.
 */

/**
 * Stores a blob, unless the repository has it.
 * @throws UserError REPOSITORY_UNKNOWN, REGISTRY_DENIED, REGISTRY_ANSWER_INVALID, and the NETWORK_ codes
 */
export async function pushBlob(
  access: RegistryAccess,
  repository: string,
  bytes: Uint8Array,
): Promise<void> {
  const digest = digestOf(bytes);
  const asked = { repository, reference: digest };
  const at = (path: string) => new URL(`/v2/${repository}/blobs/${path}`, access.url);
  const head = await sent(access, { url: at(digest), method: 'HEAD' });
  head.discard();
  if (head.status === 200) return;
  const begun = await sent(access, { url: at('uploads/'), method: 'POST' });
  const { location } = begun.headers;
  if (begun.status !== 202 || location === undefined) throw await registryFailure(begun, asked);
  begun.discard();
  const url = new URL(location, access.url);
  url.searchParams.set('digest', digest);
  const done = await sent(access, {
    url,
    method: 'PUT',
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  });
  if (done.status !== 201) throw await registryFailure(done, asked);
  done.discard();
}

export interface PushedManifest {
  readonly digest: string;
  /** The registry lists it among the referrers of its subject. */
  readonly hasReferrers: boolean;
}

/** Stores a manifest under a tag, or under its digest. Fails like `pushBlob`. */
export async function pushManifest(
  access: RegistryAccess,
  { repository, reference }: Asked,
  manifest: Uint8Array,
  mediaType: string,
): Promise<PushedManifest> {
  const url = new URL(`/v2/${repository}/manifests/${reference}`, access.url);
  const request = { url, method: 'PUT', body: manifest, headers: { 'content-type': mediaType } };
  const response = await sent(access, request);
  if (response.status !== 201) throw await registryFailure(response, { repository, reference });
  response.discard();
  const hasReferrers = response.headers['oci-subject'] !== undefined;
  return { digest: digestOf(manifest), hasReferrers };
}

const maxTags = 4 * 1024 * 1024;
/** Pages of tags: more than any repository of releases has. */
const mostPages = 100;

/** All tags of a repository; empty if it does not exist. */
export async function listTags(access: RegistryAccess, repository: string): Promise<string[]> {
  const tags: string[] = [];
  let url = new URL(`/v2/${repository}/tags/list?n=1000`, access.url);
  for (let page = 0; page < mostPages; page++) {
    const response = await sent(access, { url });
    if (response.status === 404) {
      response.discard();
      return tags;
    }
    if (response.status !== 200) {
      throw await registryFailure(response, { repository, reference: 'tags' });
    }
    const { tags: listed } = parseJsonObject(await readJson(response, maxTags, 'a registry')) ?? {};
    if (Array.isArray(listed)) tags.push(...listed.filter((tag) => typeof tag === 'string'));
    const next = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.link ?? '')?.[1];
    if (next === undefined) return tags;
    url = new URL(next, url);
    if (url.host !== access.url.host) break;
  }
  throw new UserError('REGISTRY_ANSWER_INVALID', `The list of tags of ${repository} has no end.`);
}

function sent(access: RegistryAccess, request: NetworkRequest): Promise<NetworkResponse> {
  const { network, signal, url } = access;
  const { headers } = request;
  return withRetries({ ...network, host: url.host, signal }, async (limited) => {
    const whole = { ...request, headers: { ...access.headers(), ...headers } };
    const response = await askRegistry({ ...access, signal: limited }, whole);
    if (isUnavailable(response.status)) throw unavailable(response);
    return response;
  });
}
