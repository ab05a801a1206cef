import type { IncomingMessage } from 'node:http';
import { type AccessKey, denial } from './access.ts';
import { type Answer, registryError } from './answer.ts';
import { finishUpload, startUpload, uploadPart } from './push-blob.ts';
import { putManifest } from './push-manifest.ts';
import { getBlob, getManifest, headBlob, listTags } from './registry-pull.ts';
import type { RepositoryRequest } from './registry-request.ts';
import { type Route, routeOf } from './registry-route.ts';
import type { RegistryState } from './state.ts';
import type { Repository } from './store.ts';

interface Endpoint {
  readonly action: string;
  readonly answer: (request: RepositoryRequest) => Answer | Promise<Answer>;
}

/** Every request the registry knows, with the IAM action it needs. */
const endpoints: Readonly<Record<string, Endpoint>> = {
  'GET manifests': { action: 'ecr:BatchGetImage', answer: getManifest },
  'HEAD manifests': { action: 'ecr:BatchGetImage', answer: getManifest },
  'GET tags': { action: 'ecr:ListImages', answer: listTags },
  'GET blobs': { action: 'ecr:GetDownloadUrlForLayer', answer: getBlob },
  'HEAD blobs': { action: 'ecr:BatchCheckLayerAvailability', answer: headBlob },
  'POST uploads': { action: 'ecr:InitiateLayerUpload', answer: startUpload },
  'PATCH upload': { action: 'ecr:UploadLayerPart', answer: uploadPart },
  'PUT upload': { action: 'ecr:CompleteLayerUpload', answer: finishUpload },
  'PUT manifests': { action: 'ecr:PutImage', answer: putManifest },
};

/**
 * Answers the distribution API as ECR does it:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 *
 * @param seen told which key the token belongs to, as soon as that is known
 */
export async function answerRegistry(
  state: RegistryState,
  request: IncomingMessage,
  url: URL,
  seen: (key: AccessKey) => void,
): Promise<Answer> {
  const challenge = `Basic realm="${state.url}/",service="ecr.amazonaws.com"`;
  const key = state.tokens.holder(request.headers.authorization, state.now(), challenge);
  seen(key);
  const route = routeOf(url.pathname);
  if (route?.kind === 'ping' && request.method === 'GET') return { status: 200, headers: {} };
  const endpoint = endpoints[`${request.method} ${route?.kind}`];
  if (route === undefined || endpoint === undefined) {
    const text = `${request.method} ${url.pathname} is not supported`;
    throw registryError(405, 'UNSUPPORTED', text, {}, false);
  }
  const message = denial(key, endpoint.action, route.repository, state);
  if (message !== undefined) throw registryError(403, 'DENIED', message);
  const repository = repositoryOf(state, route);
  return endpoint.answer({ state, repository, reference: route.reference, request, url });
}

function repositoryOf(state: RegistryState, { repository }: Route): Repository {
  const found = state.store.find(repository);
  if (found !== undefined) return found;
  throw registryError(
    404,
    'NAME_UNKNOWN',
    `The repository with name '${repository}' does not exist in the registry with id '${state.accountId}'`,
  );
}
