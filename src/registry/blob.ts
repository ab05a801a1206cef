import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { UserError } from '../errors.ts';
import type { NetworkResponse } from '../lib/net/network-response.ts';
import { backoff, TryAgain, wait, withRetries } from '../lib/net/retry.ts';
import { requestBlob } from './blob-request.ts';
import type { Descriptor } from './manifest.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { Asked } from './registry-errors.ts';

/**
 * A blob as a stream that ends only after size and digest were found right. A broken download is
 * taken up again where it broke, by a Range request where the other side knows it.
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

/** A blob that is expected to be short, as a whole. Fails as `openBlob` does. */
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
    if (size > descriptor.size) throw wrong('is longer than', url, descriptor);
    hash.update(chunk);
    yield chunk;
  }
  if (size < descriptor.size) throw wrong('is shorter than', url, descriptor);
  if (`sha256:${hash.digest('hex')}` !== descriptor.digest) {
    throw wrong('has not the digest of', url, descriptor);
  }
}

function wrong(how: string, { host }: URL, { digest }: Descriptor): UserError {
  const message = `What ${host} sent for ${digest} ${how} what was asked for.`;
  return new UserError('REGISTRY_ANSWER_INVALID', message);
}

/** The bytes of one blob, over as many connections as it takes. */
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
      if (attempt > limits.resumes) throw error.failure;
      trace?.(`${error.message} Taking up ${descriptor.digest} at byte ${received}.`);
      await wait(backoff(limits.backoffMs, attempt), access.signal);
    }
  }
}

/**
 * The answer up to where its body begins, within the tries and the time of any request; for the body
 * itself there is no time limit but that of silence.
 */
function begin(access: RegistryAccess, asked: Asked, start: number): Promise<NetworkResponse> {
  const { network, url, signal } = access;
  return withRetries({ ...network, host: url.host, signal }, (limited) =>
    requestBlob({ ...access, signal: limited }, asked, start),
  );
}

/** The body from byte `start` of the blob on: an answer without a range begins at the first. */
async function* from(response: NetworkResponse, start: number): Chunks {
  let skip = response.status === 206 ? 0 : start;
  for await (const chunk of response.chunks()) {
    if (chunk.length > skip) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}
