import { type Answer, registryError } from './answer.ts';
import { readBody } from './body.ts';
import type { RepositoryRequest } from './registry-request.ts';
import { digestOf } from './store.ts';

/** The limit that the distribution specification asks every registry to accept. */
const largestManifest = 4 * 1024 * 1024;

interface References {
  readonly mediaType?: string;
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/** PUT of a manifest or an index by tag or digest; all it names must be there. */
export async function putManifest(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, reference } = request;
  const mediaType = request.request.headers['content-type'] ?? '';
  const bytes = await readBody(request.request, largestManifest);
  const references = parse(bytes);
  if ((references.mediaType ?? mediaType) !== mediaType) {
    throw registryError(400, 'MANIFEST_INVALID', `the manifest is no ${mediaType}`);
  }
  mustBeWhole(request, references);
  const digest = digestOf(bytes);
  const byDigest = reference.startsWith('sha256:');
  if (byDigest && reference !== digest) {
    throw registryError(
      400,
      'MANIFEST_INVALID',
      `The image with digest '${reference}' in repository '${repository.name}' and registry ID ` +
        `'${state.accountId}' does not match the image digest that Amazon ECR has calculated.`,
    );
  }
  state.store.putManifest(
    repository,
    { digest, mediaType, bytes },
    byDigest ? undefined : reference,
  );
  const location = `${state.url}/v2/${repository.name}/manifests/${digest}`;
  return { status: 201, headers: { location, 'docker-content-digest': digest } };
}

function parse(bytes: Buffer): References {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw registryError(400, 'MANIFEST_INVALID', 'manifest invalid');
  }
}

function mustBeWhole({ state, repository }: RepositoryRequest, references: References): void {
  const { config, layers = [], manifests = [] } = references;
  const missing = [
    ...[...(config ? [config] : []), ...layers].filter(
      ({ digest }) => !repository.blobs.has(digest),
    ),
    ...manifests.filter(({ digest }) => !repository.manifests.has(digest)),
  ].map(({ digest }) => digest);
  if (missing.length === 0) return;
  throw registryError(
    404,
    'BLOB_UPLOAD_UNKNOWN',
    `Layers with digests '[${missing.join(', ')}]' required for pushing image into repository with ` +
      `name '${repository.name}' in the registry with id '${state.accountId}' do not exist`,
  );
}
