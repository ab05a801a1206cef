import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { UserError } from '../errors.ts';
import { isUnavailable, startingWith, unavailable, unexpected } from '../lib/net/answer-errors.ts';
import type { NetworkResponse } from '../lib/net/network.ts';
import { backoff, pause, TryAgain, withRetries } from '../lib/net/retry.ts';
import type { Descriptor } from './manifest.ts';
import type { RegistryAccess } from './registry-access.ts';
import { type Asked, registryFailure } from './registry-errors.ts';

/**
 * A blob as a stream that ends only after its size and digest were verified. An interrupted download is
 * resumed, with a Range request if the server supports it.
 *
 * The stream fails with UserError REGISTRY_ANSWER_INVALID for wrong bytes, REGISTRY_DENIED,
 * SERVICE_UNAVAILABLE and the NETWORK_ codes, or the signal's reason.
 */
export function openBlob(
  access: RegistryAccess,
  repository: string,
  descriptor: Descriptor,
): Readable {
  return Readable.from(verified(resumed(access, repository, descriptor), access, descriptor), {
    objectMode: false,
  });
}

/** A whole blob that is expected to be short. Fails like `openBlob`. */
export async function readBlob(
  access: RegistryAccess,
  repository: string,
  descriptor: Descriptor,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of openBlob(access, repository, descriptor)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

type Chunks = AsyncGenerator<Buffer, void, undefined>;

async function* verified(chunks: Chunks, { url }: RegistryAccess, descriptor: Descriptor): Chunks {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > descriptor.size) throw wrong('is longer than expected', url, descriptor);
    hash.update(chunk);
    yield chunk;
  }
  if (size < descriptor.size) throw wrong('is shorter than expected', url, descriptor);
  if (`sha256:${hash.digest('hex')}` !== descriptor.digest) {
    throw wrong('does not match its digest', url, descriptor);
  }
}

function wrong(how: string, { host }: URL, { digest }: Descriptor): UserError {
  const message = `The data that ${host} sent for ${digest} ${how}.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/** The bytes of one blob, over as many connections as necessary. */
async function* resumed(
  access: RegistryAccess,
  repository: string,
  descriptor: Descriptor,
): Chunks {
  const { limits, trace } = access.network;
  const asked = { repository, reference: descriptor.digest };
  let received = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await begin(access, asked, received);
      for await (const chunk of from(response, received)) {
        received += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error;
      // The connection broke after the last byte.
      if (received === descriptor.size) return;
      if (attempt > limits.resumes) throw error.failure;
      trace?.(`${error.message} Resuming ${descriptor.digest} at byte ${received}.`);
      await pause(backoff(limits.backoffMs, attempt), access.signal);
    }
  }
}

/**
 * The response up to the start of its body, within the usual limits for attempts and time. For the body
 * itself, only the idle limit applies.
 */
function begin(access: RegistryAccess, asked: Asked, start: number): Promise<NetworkResponse> {
  const { network, url, signal } = access;
  return withRetries({ ...network, host: url.host, signal }, (limited) =>
    requestBlob({ ...access, signal: limited }, asked, start),
  );
}

/** The body from byte `start` of the blob on. A response without a range starts at the first byte. */
async function* from(response: NetworkResponse, start: number): Chunks {
  let skip = response.status === 206 ? 0 : start;
  for await (const chunk of response.chunks()) {
    if (chunk.length > skip) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

const maxRedirects = 3;

/**
 * Requests a blob from byte `start` on, once, and follows the registry's redirect to the storage host:
 * ECR answers 307 with a presigned URL of S3.
 *
 * @returns a response with status 200 (the whole blob) or 206 (from `start` on)
 * @throws UserError from `registryFailure`, and the NETWORK_ codes; within TryAgain if a
 *   retry may succeed
 */
export async function requestBlob(
  access: RegistryAccess,
  asked: Asked,
  start: number,
): Promise<NetworkResponse> {
  const { network, signal } = access;
  const range: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
  let url = new URL(`/v2/${asked.repository}/blobs/${asked.reference}`, access.url);
  let headers: Readonly<Record<string, string>> = { ...access.headers(), ...range };
  for (let redirects = 0; ; redirects++) {
    const response = await network.request({ url, headers, signal });
    const target = redirectTarget(response);
    if (target === undefined) return checked(response, asked, start, redirects > 0);
    if (redirects === maxRedirects || !mayFollow(target, access.url)) {
      throw unexpected(response, 'a registry');
    }
    response.discard();
    url = target;
    // The presigned URL contains the permission: S3 rejects a second one, and must not see our token.
    headers = range;
  }
}

function redirectTarget({ url, status, headers }: NetworkResponse): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, url.href) ? new URL(location, url) : undefined;
}

/** Never follows from HTTPS to plain HTTP. An http registry is on the loopback interface. */
function mayFollow(target: URL, registry: URL): boolean {
  return (
    target.protocol === 'https:' || (target.protocol === 'http:' && registry.protocol === 'http:')
  );
}

async function checked(
  response: NetworkResponse,
  asked: Asked,
  start: number,
  redirected: boolean,
): Promise<NetworkResponse> {
  const { status, headers } = response;
  if (status === 200) {
    // A page, unless it is only labelled as one. The digest decides about everything else.
    const isPage = /html/i.test(headers['content-type'] ?? '');
    return isPage ? startingWith(response, /^(?!\s*<)/, 'a registry') : response;
  }
  const range = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
  if (status === 206 && start > 0 && Number(range?.[1]) === start) return response;
  if (isUnavailable(status)) throw unavailable(response);
  if (!redirected && status >= 400) throw await registryFailure(response, asked);
  if (status === 403) throw storageRefused(response, asked);
  throw unexpected(response, 'a registry');
}

function storageRefused(response: NetworkResponse, { repository }: Asked): UserError {
  response.discard();
  const { host } = response.url;
  const message = `${host}, where the registry stores ${repository}, refused the download (403).`;
  return new UserError('REGISTRY_DENIED', message, {
    hint: `Check this host's clock. Check that firewalls and proxies in between allow GET requests to ${host}.`,
  });
}
