import { type Answer, registryError } from './answer.ts';
import { blobAnswer } from './blob-answer.ts';
import type { RepositoryRequest } from './registry-request.ts';
import { type Blob, findManifest } from './store.ts';

/** GET and HEAD of a manifest by tag or digest. */
export function getManifest({ repository, reference, request }: RepositoryRequest): Answer {
  const manifest = findManifest(repository, reference);
  if (manifest === undefined) {
    throw registryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  }
  const accept = request.headers.accept ?? '*/*';
  if (!accept.includes('*/*') && !accept.includes(manifest.mediaType)) {
    const text = `Accept header does not support the manifest's media type ${manifest.mediaType}`;
    throw registryError(404, 'MANIFEST_UNKNOWN', text);
  }
  return {
    status: 200,
    headers: { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest },
    body: manifest.bytes,
  };
}

/** All tags, on one page. */
export function listTags({ repository }: RepositoryRequest): Answer {
  const tags = [...repository.tags.keys()].sort();
  const body = Buffer.from(JSON.stringify({ name: repository.name, tags }));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** Whether a blob is there, and its size. */
export function headBlob(request: RepositoryRequest): Answer {
  const { size } = blobOf(request);
  return { status: 200, headers: blobHeaders(request), length: size };
}

/** A blob: as ECR does it, by a redirect to the host that keeps it. */
export function getBlob(request: RepositoryRequest): Answer {
  const { state, reference } = request;
  const blob = blobOf(request);
  if (state.blobUrl === undefined) {
    return blobAnswer(blob, request.request.headers.range, blobHeaders(request));
  }
  const location = state.blobUrl + state.blobHost.presign(blob, reference, state.now());
  return { status: 307, headers: { location }, body: Buffer.alloc(0) };
}

function blobOf({ repository, reference }: RepositoryRequest): Blob {
  const blob = repository.blobs.get(reference);
  if (blob !== undefined) return blob;
  throw registryError(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
}

function blobHeaders({ reference }: RepositoryRequest): Readonly<Record<string, string>> {
  return { 'content-type': 'application/octet-stream', 'docker-content-digest': reference };
}
