import { type Answer, registryError } from './answer.ts';
import type { RepositoryRequest } from './registry-request.ts';

/**
 * POST: opens an upload. A cross-repository mount or a single-request upload is asked for in vain,
 * as the specification allows; the client goes on with the upload.
 */
export function startUpload(request: RepositoryRequest): Answer {
  const { state, repository } = request;
  return accepted(request, state.uploads.start(repository), 0);
}

/** PATCH: a part of a blob, or all of it in one stream. */
export async function uploadPart(request: RepositoryRequest): Promise<Answer> {
  const { state, reference } = request;
  const have = sizeOf(request);
  const range = /^(\d+)-\d+$/.exec(request.request.headers['content-range'] ?? '');
  if (range !== null && Number(range[1]) !== have) {
    const text = `the part must begin at ${have}`;
    throw registryError(416, 'BLOB_UPLOAD_INVALID', text, { range: rangeOf(have) });
  }
  return accepted(request, reference, await state.uploads.append(reference, request.request));
}

/** PUT: the last part, which may be empty, and the digest of the whole. */
export async function finishUpload(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, reference, url } = request;
  sizeOf(request);
  await state.uploads.append(reference, request.request);
  const { digest, blob } = state.uploads.finish(reference);
  if (url.searchParams.get('digest') !== digest) {
    throw registryError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  repository.blobs.set(digest, blob);
  const location = `${state.url}/v2/${repository.name}/blobs/${digest}`;
  return { status: 201, headers: { location, 'docker-content-digest': digest } };
}

function sizeOf({ state, repository, reference }: RepositoryRequest): number {
  const size = state.uploads.size(reference, repository);
  if (size !== undefined) return size;
  throw registryError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
}

function accepted({ state, repository }: RepositoryRequest, id: string, size: number): Answer {
  const location = `${state.url}/v2/${repository.name}/blobs/uploads/${id}`;
  return { status: 202, headers: { location, range: rangeOf(size), 'docker-upload-uuid': id } };
}

function rangeOf(size: number): string {
  return `0-${Math.max(size - 1, 0)}`;
}
