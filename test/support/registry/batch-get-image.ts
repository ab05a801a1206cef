import type { AccessKey } from './access.ts';
import { awsError } from './answer.ts';
import { type Input, mustBeAllowed, onlyMembers } from './ecr-input.ts';
import type { RegistryState } from './state.ts';
import { findManifest, type Repository } from './store.ts';

interface ImageId {
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html */
export function batchGetImage(state: RegistryState, key: AccessKey, input: Input): object {
  onlyMembers(input, ['registryId', 'repositoryName', 'imageIds', 'acceptedMediaTypes']);
  const name = String(input.repositoryName);
  const registryId = String(input.registryId ?? state.accountId);
  mustBeAllowed(state, key, 'ecr:BatchGetImage', name);
  const repository = registryId === state.accountId ? state.store.find(name) : undefined;
  if (repository === undefined) {
    throw awsError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
    );
  }
  const ids = imageIds(input);
  const accepted = input.acceptedMediaTypes as readonly string[] | undefined;
  const found = ids.map((id) => lookUp(repository, id, registryId, accepted));
  return {
    images: found.filter((result) => 'imageManifest' in result),
    failures: found.filter((result) => 'failureCode' in result),
  };
}

function imageIds(input: Input): readonly ImageId[] {
  if (Array.isArray(input.imageIds) && input.imageIds.length > 0 && input.imageIds.length <= 100) {
    return input.imageIds;
  }
  throw awsError(
    'InvalidParameterException',
    "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length " +
      "between 1 and 100'",
  );
}

function lookUp(
  repository: Repository,
  imageId: ImageId,
  registryId: string,
  accepted: readonly string[] | undefined,
): object {
  const { imageTag, imageDigest } = imageId;
  const reference = imageDigest ?? imageTag;
  if (reference === undefined) {
    const failureReason = 'Invalid request parameters: both tag and digest cannot be null';
    return { imageId, failureCode: 'MissingDigestAndTag', failureReason };
  }
  const manifest = findManifest(repository, reference);
  const wrongTag = imageTag !== undefined && repository.tags.get(imageTag) !== manifest?.digest;
  if (manifest === undefined || wrongTag || accepted?.includes(manifest.mediaType) === false) {
    return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
  }
  return {
    registryId,
    repositoryName: repository.name,
    imageId: { ...imageId, imageDigest: manifest.digest },
    imageManifest: manifest.bytes.toString(),
    imageManifestMediaType: manifest.mediaType,
  };
}
