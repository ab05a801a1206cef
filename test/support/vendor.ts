import { execa } from 'execa';
import { docker } from './engine/docker.ts';
import { pushImages, pushParents } from './images/build.ts';
import type { Repository } from './images/services.ts';
import { passwordFor } from './registry/client.ts';
import { type EmbeddedRegistry, exampleKey, startRegistry } from './registry/index.ts';

/** The vendor's side: a registry with real images. */

export interface PublishOptions {
  readonly version: string;
  /** The tags that shall lead there. */
  readonly tags: readonly string[];
  /** These run, but never become healthy. */
  readonly broken?: readonly Repository[];
}

/**
 * A registry with ECR's API; the docker client (DOCKER_CONFIG) is logged in to pull there. The engine is left without
 * any image of a release, so that what a test pulls really comes from the registry.
 */
export async function startVendor(): Promise<EmbeddedRegistry> {
  await removeReleasedImages();
  const registry = await startRegistry();
  const input = await passwordFor(registry, { key: exampleKey });
  const args = ['login', '--username', 'AWS', '--password-stdin', registry.registryHost];
  await execa('docker', args, { input });
  await keepParents(registry);
  return registry;
}

async function removeReleasedImages(): Promise<void> {
  const released = ['--filter', 'label=org.opencontainers.image.version'];
  const images = await docker(['image', 'ls', '--quiet', ...released]);
  if (images !== '') await docker(['image', 'rm', '--force', ...new Set(images.split('\n'))]);
  await docker(['image', 'prune', '--force', ...released]);
}

/** Node and PostgreSQL come into the engine once; of a release it pulls then what is the release's. */
async function keepParents(registry: EmbeddedRegistry): Promise<void> {
  const kept = 'proto-test-parents';
  if ((await docker(['image', 'ls', '--quiet', kept])) !== '') return;
  await pushParents(registry, 'parents');
  const keep = async (name: string) => {
    const reference = `${registry.registryHost}/parents/${name}:parents`;
    await docker(['pull', '--quiet', reference]);
    await docker(['tag', reference, `${kept}:${name}`]);
    await docker(['image', 'rm', reference]);
  };
  await Promise.all(['node', 'postgres'].map(keep));
}

/** Publishes a release: real images, and static bundles. */
export async function publish(registry: EmbeddedRegistry, options: PublishOptions): Promise<void> {
  const { version, tags, broken = [] } = options;
  for (const tag of tags) {
    await pushImages(registry, { namespace: 'proto', tag, version, broken });
  }
  await registry.seedRelease({ version, tags, images: [] });
}
