import type { Lock, PinnedArtifact } from './lock.ts';

/** What a lock file has pinned, by repository. */
export function pinnedByLock({ images, bundles }: Lock): Map<string, PinnedArtifact> {
  const all = [...Object.values(images), ...Object.values(bundles)];
  return new Map(
    all.map(({ repository, tag, digest, version }) => [
      repository,
      { repository, tag, digest, ...(version !== undefined && { version }) },
    ]),
  );
}
