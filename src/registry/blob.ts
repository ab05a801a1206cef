import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { UserError } from '../errors.ts';
import { isUnavailable, startingWith, unavailable, unexpected } from '../lib/net/answer-errors.ts';
import type { NetworkResponse } from '../lib/net/network.ts';
import { backoff, pause, TryAgain, withRetries } from '../lib/net/retry.ts';
import type { Descriptor } from './manifest.ts';
import { askRegistry, type RegistryAccess } from './registry-access.ts';
import { type Asked, registryFailure } from './registry-errors.ts';

/** The first bytes of a blob that an earlier run has received. */
export interface Received {
  readonly bytes: number;
  /** Reads them. They are not trusted: the digest is of the whole blob. */
  readonly read: () => AsyncIterable<Buffer>;
}

export interface BlobOptions {
  /** Received before. The stream begins after it. */
  readonly received?: Received;
  /** Instead of the registry's own. */
  readonly signal?: AbortSignal | undefined;
}

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
  { received, signal = access.signal }: BlobOptions = {},
): Readable {
  const wanted = { access: { ...access, signal }, repository, descriptor, received };
  return Readable.from(verified(wanted), { objectMode: false });
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

interface Wanted {
  readonly access: RegistryAccess;
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly received: Received | undefined;
}

async function* verified(wanted: Wanted): Chunks {
  const { descriptor, received } = wanted;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of received?.read() ?? []) {
    size += chunk.length;
    hash.update(chunk);
  }
  // Whoever sent a byte is who is named.
  let sender = wanted.access.url.host;
  for await (const { chunk, host } of resumed(wanted, size)) {
    sender = host;
    size += chunk.length;
    if (size > descriptor.size) throw wrong('is longer than expected', sender, descriptor);
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== descriptor.digest) {
    throw wrong('does not match its digest', sender, descriptor);
  }
}

function wrong(how: string, host: string, { digest }: Descriptor): UserError {
  const message = `The data that ${host} sent for ${digest} ${how}.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/** In bytes: a connection that brought this much is worth another one at once. */
const progress = 64 * 1024;

/** The bytes of one blob from `start` on, over as many connections as necessary. */
async function* resumed(
  { access, repository, descriptor }: Wanted,
  start: number,
): AsyncGenerator<{ readonly chunk: Buffer; readonly host: string }, void, undefined> {
  const { limits, trace } = access.network;
  const asked = { repository, reference: descriptor.digest };
  let received = start;
  let counted = start;
  for (let attempt = 1; received < descriptor.size; attempt++) {
    try {
      const response = await begin(access, asked, received);
      const { host } = response.url;
      for await (const chunk of from(response, received)) {
        received += chunk.length;
        yield { chunk, host };
      }
      if (received >= descriptor.size) return;
      throw new TryAgain(tooShort(host, received, asked));
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error;
      // The connection broke after the last byte.
      if (received === descriptor.size) return;
      const brought = received - counted >= progress;
      if (brought) {
        counted = received;
        attempt = 0;
      } else if (attempt >= limits.patientTries) throw error.failure;
      trace?.(`${error.message} Resuming ${descriptor.digest} at byte ${received}.`);
      if (!brought) await pause(backoff(limits.backoffMs, attempt), access.signal);
    }
  }
}

function tooShort(host: string, received: number, { reference }: Asked): UserError {
  const message = `The data that ${host} sent for ${reference} is shorter than expected: it ended after ${received} bytes.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/**
 * The response up to the start of its body, within the limits for downloads. For the body itself, only the limit
 * for silence applies.
 */
function begin(access: RegistryAccess, asked: Asked, start: number): Promise<NetworkResponse> {
  const { network, url, signal } = access;
  const { download, ...limits } = network.limits;
  const { totalMs } = download;
  // The registry has sent the manifest before.
  const patience = { limits: { ...limits, totalMs }, patient: true };
  return withRetries({ ...network, ...patience, host: url.host, signal }, (limited) =>
    requestBlob({ ...access, signal: limited }, asked, start),
  );
}

/** The body from byte `start` of the blob on, wherever the response begins. */
async function* from(response: NetworkResponse, start: number): Chunks {
  let skip = start - firstByte(response);
  for await (const chunk of response.chunks()) {
    if (chunk.length > skip) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

/** Where in the blob the response begins: not always where it was asked to. */
function firstByte({ status, headers }: NetworkResponse): number {
  const range = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
  return status === 206 ? Number(range?.[1] ?? Number.NaN) : 0;
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
  const answerMs = network.limits.download.answer;
  const range: Readonly<Record<string, string>> = {
    'accept-encoding': 'identity',
    ...(start > 0 && { range: `bytes=${start}-` }),
  };
  let url = new URL(`/v2/${asked.repository}/blobs/${asked.reference}`, access.url);
  let headers: Readonly<Record<string, string>> = { ...access.headers(), ...range };
  for (let redirects = 0; ; redirects++) {
    const response = await (redirects === 0
      ? askRegistry(access, { url, headers, answerMs })
      : network.request({ url, headers, signal, answerMs }));
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
  if (status < 300 && headers['content-encoding'] !== undefined) throw altered(response);
  if (status === 200) {
    // A page, unless it is only labelled as one. The digest decides about everything else.
    const isPage = /html/i.test(headers['content-type'] ?? '');
    return isPage ? startingWith(response, /^(?!\s*<)/, 'a registry') : response;
  }
  if (status === 206 && firstByte(response) <= start) return response;
  if (isUnavailable(status)) throw unavailable(response);
  if (status === 416) {
    response.discard();
    throw tooShort(response.url.host, start, asked);
  }
  if (!redirected && status >= 400) throw await registryFailure(response, asked);
  if (status === 403) throw storageRefused(response, asked);
  throw unexpected(response, 'a registry');
}

/** Nothing compresses a blob, except a proxy that was not asked to. */
function altered(response: NetworkResponse): UserError {
  response.discard();
  const message = `The data from ${response.url.host} was changed on the way: it came with a Content-Encoding.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message, {
    hint: 'Have proxies in between pass downloads from the registry unchanged.',
  });
}

function storageRefused(response: NetworkResponse, { repository }: Asked): UserError {
  response.discard();
  const { host } = response.url;
  const message = `${host}, where the registry stores ${repository}, refused the download (403).`;
  return new UserError('REGISTRY_DENIED', message, {
    hint: `Check this host's clock. Check that firewalls and proxies in between allow GET requests to ${host}.`,
  });
}
