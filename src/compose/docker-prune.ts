import type { Lock } from '../installation/lock.ts';
import type { Command } from '../lib/process/process.ts';
import { docker } from './docker.ts';
import { identityLabel } from './owner.ts';

/** The images of these repositories on the host, one `repository@digest` per line. */
export function dockerImages(registry: string, namespace: string): Command {
  const reference = `reference=${registry}/${namespace}/*`;
  const format = '{{.Repository}}@{{.Digest}}';
  return docker('image', 'ls', '--digests', '--filter', reference, '--format', format);
}

export function dockerRemoveImage(image: string): Command {
  return docker('image', 'rm', image);
}

/** The owner volumes of all installations on the engine, one name per line. */
export function ownerVolumes(): Command {
  return docker('volume', 'ls', '--quiet', '--filter', `label=${identityLabel}`);
}

/** The folders in which containers were started by Compose, one per line. */
export function startFolders(): Command {
  const format = '{{.Label "com.docker.compose.project.working_dir"}}';
  return docker('ps', '--all', '--format', format);
}

/** What other installations on the host may need. */
export interface OthersNeed {
  /** Their lock files, of the current state and of every state in history. */
  readonly locks: readonly Lock[];
  /** The digests that the engine says they last used. */
  readonly digests: ReadonlySet<string>;
}

/**
 * The images of this platform that are no longer needed: neither by the current state nor by a state to which
 * `rollback` could return, here or in another installation. Images of other repositories are ignored.
 * @param listed the output of `dockerImages`
 * @param kept the lock files of the current state and of every state in history
 */
export function prunableImages(
  listed: string,
  kept: readonly Lock[],
  others: OthersNeed = { locks: [], digests: new Set() },
): string[] {
  const repositories = new Set(
    kept.flatMap(({ registry, images }) =>
      Object.values(images).map(({ repository }) => `${registry}/${repository}`),
    ),
  );
  const needed = new Set(
    [...kept, ...others.locks].flatMap(({ registry, images }) =>
      Object.values(images).map(({ repository, digest }) => `${registry}/${repository}@${digest}`),
    ),
  );
  return [...new Set(listed.split('\n'))].filter((image) => {
    const [repository = '', digest = ''] = image.split('@');
    return (
      repositories.has(repository) &&
      digest.startsWith('sha256:') &&
      !needed.has(image) &&
      !others.digests.has(digest)
    );
  });
}
