import { type ErrorCode, UserError } from '../errors.ts';
import { isUnavailable, readJson, unavailable } from '../lib/net/answer-errors.ts';
import { withRetries } from '../lib/net/retry.ts';
import {
  digestOf,
  digestPattern,
  type Manifest,
  manifestTypes,
  parseManifest,
} from './manifest.ts';
import { askRegistry, type RegistryAccess } from './registry-access.ts';
import { type Asked, nameOf, registryFailure } from './registry-errors.ts';

/** A tag or digest, resolved to its manifest. */
export interface ResolvedManifest extends Asked {
  readonly digest: string;
  /** Of the manifest itself, in bytes. */
  readonly size: number;
  readonly manifest: Manifest;
}

/** The bytes of a manifest, which were not looked into yet. */
export interface FetchedManifest {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** The specification requires registries to accept at least 4 MiB. No known registry stores more. */
const maxManifest = 4 * 1024 * 1024;

/**
 * Gets a manifest and its digest, which is computed from the bytes, not taken from the registry.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 *
 * @throws UserError REPOSITORY_UNKNOWN, RELEASE_UNKNOWN, REGISTRY_DENIED, REGISTRY_ANSWER_INVALID,
 *   SERVICE_UNAVAILABLE and the NETWORK_ codes
 */
export async function resolveManifest(
  access: RegistryAccess,
  asked: Asked,
): Promise<ResolvedManifest> {
  const { digest, bytes } = await fetchManifest(access, asked);
  return { ...asked, digest, size: bytes.length, manifest: parseManifest(bytes, nameOf(asked)) };
}

/** Fails like `resolveManifest`. */
export async function fetchManifest(
  access: RegistryAccess,
  asked: Asked,
): Promise<FetchedManifest> {
  const { network, signal } = access;
  const { repository, reference } = asked;
  const url = new URL(`/v2/${repository}/manifests/${reference}`, access.url);
  const headers = { ...access.headers(), accept: manifestTypes.join(', ') };
  return withRetries({ ...network, host: url.host, signal }, async (limited) => {
    const response = await askRegistry({ ...access, signal: limited }, { url, headers });
    if (response.status !== 200) throw await registryFailure(response, asked);
    const bytes = await readJson(response, maxManifest, 'a registry');
    const digest = digestOf(bytes);
    const told = [response.headers['docker-content-digest'], reference];
    if (told.some((one) => one !== undefined && digestPattern.test(one) && one !== digest)) {
      throw altered(url.host, asked);
    }
    return { digest, bytes };
  });
}

/**
 * The digest of a tag, from the registry's word for it: whoever uses it has to look at the manifest, or to have it already.
 * Fails like `resolveManifest`.
 */
export async function resolveDigest(access: RegistryAccess, asked: Asked): Promise<string> {
  const { network, signal } = access;
  const url = new URL(`/v2/${asked.repository}/manifests/${asked.reference}`, access.url);
  const headers = { ...access.headers(), accept: manifestTypes.join(', ') };
  const told = await withRetries({ ...network, host: url.host, signal }, async (limited) => {
    const head = { url, headers, method: 'HEAD' };
    const response = await askRegistry({ ...access, signal: limited }, head);
    response.discard();
    if (isUnavailable(response.status)) throw unavailable(response);
    return response.status === 200 ? response.headers['docker-content-digest'] : undefined;
  });
  // The answer to HEAD has no body that says why.
  if (told === undefined || !digestPattern.test(told)) {
    return (await fetchManifest(access, asked)).digest;
  }
  return told;
}

function altered(host: string, asked: Asked): UserError {
  const message = `The data that ${host} sent for ${nameOf(asked)} does not match its digest.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/** The number of concurrent requests. */
const lanes = 6;

/** Errors that concern one repository only, so that the other repositories are still resolved. */
const ofOneRepository: readonly ErrorCode[] = [
  'REPOSITORY_UNKNOWN',
  'RELEASE_UNKNOWN',
  'REGISTRY_DENIED',
];

interface Missing {
  readonly asked: Asked;
  readonly error: UserError;
}

/**
 * Resolves all references in parallel. Results are in the order of the input.
 *
 * @throws UserError like `resolveManifest`; if several are missing or denied, one error with
 *   a fault for each
 */
export async function resolveAll(
  access: RegistryAccess,
  wanted: readonly Asked[],
): Promise<ResolvedManifest[]> {
  const found: ResolvedManifest[] = [];
  const missing: Missing[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(access.signal ? [access.signal] : [])]);
  const queue = wanted.entries();
  const lane = async () => {
    for (const [index, asked] of queue) {
      try {
        found[index] = await resolveManifest({ ...access, signal }, asked);
      } catch (error) {
        if (!(error instanceof UserError) || !ofOneRepository.includes(error.code)) throw error;
        missing.push({ asked, error });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    stop.abort();
  }
  if (missing.length > 0) throw inOne(missing, wanted, access.url.host);
  return found;
}

function inOne(missing: readonly Missing[], wanted: readonly Asked[], host: string): UserError {
  const [first, second] = missing as readonly [Missing, ...Missing[]];
  if (second === undefined) return first.error;
  const sorted = missing.toSorted((a, b) => wanted.indexOf(a.asked) - wanted.indexOf(b.asked));
  const faults = sorted.map(({ asked, error }) => ({
    file: `${host}/${nameOf(asked)}`,
    message: error.message,
  }));
  const message = `${missing.length} of ${wanted.length} repositories could not be resolved on ${host}.`;
  const { code, hint } = first.error;
  return new UserError(code, message, { hint, faults });
}
