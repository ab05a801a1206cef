import type { Lock } from '../installation/lock.ts';
import type { Command } from '../lib/process/process.ts';
import { docker } from './docker.ts';

/** The images of these repositories on the host, one `repository@digest` per line. */
export function dockerImages(registry: string, namespace: string): Command {
  const reference = `reference=${registry}/${namespace}/*`;
  const format = '{{.Repository}}@{{.Digest}}';
  return docker('image', 'ls', '--digests', '--filter', reference, '--format', format);
}

export function dockerRemoveImage(image: string): Command {
  return docker('image', 'rm', image);
}

/**
 * The images of this platform that are no longer needed: neither by the current state nor by a state to which
 * `rollback` could return. Images of other repositories are ignored.
 * @param listed the output of `dockerImages`
 * @param kept the lock files of the current state and of every state in history
 */
export function prunableImages(listed: string, kept: readonly Lock[]): string[] {
  const repositories = new Set(
    kept.flatMap(({ registry, images }) =>
      Object.values(images).map(({ repository }) => `${registry}/${repository}`),
    ),
  );
  const needed = new Set(
    kept.flatMap(({ registry, images }) =>
      Object.values(images).map(({ repository, digest }) => `${registry}/${repository}@${digest}`),
    ),
  );
  return [...new Set(listed.split('\n'))].filter((image) => {
    const [repository = '', digest = ''] = image.split('@');
    return repositories.has(repository) && digest.startsWith('sha256:') && !needed.has(image);
  });
}
