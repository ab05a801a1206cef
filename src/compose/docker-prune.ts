import type { Lock } from '../installation/lock.ts';
import type { Command } from '../lib/process/process.ts';
import { docker } from './docker.ts';

/** The images of these repositories on the host, one `repository@digest` a line. */
export function dockerImages(registry: string, namespace: string): Command {
  const reference = `reference=${registry}/${namespace}/*`;
  const format = '{{.Repository}}@{{.Digest}}';
  return docker('image', 'ls', '--digests', '--filter', reference, '--format', format);
}

export function dockerRemoveImage(image: string): Command {
  return docker('image', 'rm', image);
}

/**
 * Which images of this platform no state needs any more: neither the present one nor one that `rollback`
 * could go back to. Images of other repositories are none of our business.
 * @param listed what `dockerImages` printed
 * @param kept the lock files of the present state and of every state in history
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
