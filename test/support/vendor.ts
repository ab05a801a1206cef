import { execa } from 'execa';
import { docker } from './engine/docker.ts';
import { buildImages, pushImages } from './images/build.ts';
import { type Repository, repositories } from './images/services.ts';
import { passwordFor } from './registry/client.ts';
import { type EmbeddedRegistry, exampleKey, pushActions, startRegistry } from './registry/index.ts';

/** The vendor's side: a registry with real images, pushed by a key of the vendor's own. */

const vendorKey = {
  accessKeyId: 'AKIAVENDOR0000000001',
  secretAccessKey: 'vendor/secret/access/key/of/the/tests/00',
  permissions: pushActions,
};

export interface PublishOptions {
  readonly version: string;
  /** The tags that shall lead there. */
  readonly tags: readonly string[];
  /** These run, but never become healthy. */
  readonly broken?: readonly Repository[];
}

/**
 * A registry with ECR's API; the docker client (DOCKER_CONFIG) is logged in to push there. The engine is left without
 * any image of a release, so that what a test pulls really comes from the registry.
 */
export async function startVendor(): Promise<EmbeddedRegistry> {
  await removeReleasedImages();
  const registry = await startRegistry({ keys: [exampleKey, vendorKey] });
  for (const name of repositories) registry.createRepository(`proto/${name}`);
  const input = await passwordFor(registry, { key: vendorKey });
  const args = ['login', '--username', 'AWS', '--password-stdin', registry.registryHost];
  await execa('docker', args, { input });
  return registry;
}

async function removeReleasedImages(): Promise<void> {
  const released = ['--filter', 'label=org.opencontainers.image.version'];
  // Without --all: steps of a build can not be removed by name; they go with the last image made of them.
  const images = await docker(['image', 'ls', '--quiet', ...released]);
  if (images !== '') await docker(['image', 'rm', '--force', ...new Set(images.split('\n'))]);
  await docker(['image', 'prune', '--force', ...released]);
}

/** Publishes a release: real images, built here, and static bundles. */
export async function publish(registry: EmbeddedRegistry, options: PublishOptions): Promise<void> {
  const { version, tags, broken = [] } = options;
  const { registryHost } = registry;
  for (const tag of tags) {
    const names = { registryHost, namespace: 'proto', tag, version, broken };
    const built = await buildImages(names);
    await pushImages(built);
    // The vendor builds elsewhere: on this host the images are not, until something pulls them.
    await docker(['image', 'rm', ...built.map(({ reference }) => reference)]);
  }
  await registry.seedRelease({ version, tags, images: [] });
}
