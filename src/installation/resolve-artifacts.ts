import type { Context } from '../context.ts';
import type { RegistryClient, ResolvedManifest } from '../registry/registry.ts';
import type { WantedArtifact } from './installation.ts';
import type { PinnedArtifact } from './lock.ts';

export interface ResolvedArtifacts {
  /** Both by repository. */
  readonly pinned: ReadonlyMap<string, PinnedArtifact>;
  readonly manifests: ReadonlyMap<string, ResolvedManifest>;
}

/**
 * Resolves the tag in every repository to a digest, which also proves that the token has access to all of them.
 * @throws UserError REPOSITORY_UNKNOWN, RELEASE_UNKNOWN, REGISTRY_DENIED and the network's codes
 */
export async function resolveArtifacts(
  context: Context,
  registry: RegistryClient,
  wanted: readonly WantedArtifact[],
  tag: string,
): Promise<ResolvedArtifacts> {
  const repositories = [...new Set(wanted.map(({ repository }) => repository))];
  context.reporter.step(`Resolving ${repositories.length} repositories at ${tag}`);
  const resolved = await registry.resolveAll(
    repositories.map((repository) => ({ repository, reference: tag })),
  );
  const manifests = new Map(resolved.map((manifest) => [manifest.repository, manifest]));
  const pinned = await Promise.all(
    resolved.map(async (manifest) => {
      const version = await registry.version(manifest);
      context.reporter.detail(`${manifest.repository}:${tag} is ${manifest.digest}`);
      return {
        repository: manifest.repository,
        tag,
        digest: manifest.digest,
        ...(version === undefined ? {} : { version }),
      };
    }),
  );
  return { pinned: new Map(pinned.map((artifact) => [artifact.repository, artifact])), manifests };
}
