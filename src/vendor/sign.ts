import { UserError } from '../errors.ts';
import {
  descriptorOf,
  digestOf,
  object,
  ociIndex,
  ociManifest,
  parseJsonObject,
} from '../registry/manifest.ts';
import { pushBlob, pushManifest } from '../registry/push.ts';
import type { ReleaseObject } from '../release-object/object.ts';
import { objectRepository } from '../release-object/object-config.ts';
import {
  bundleType,
  payloadType,
  type Signature,
  signatureAnnotation,
  signatures,
  verifySignature,
} from '../trust/signature.ts';
import type { SigningKey } from './signing-key.ts';
import type { VendorRegistry } from './vendor-registry.ts';

type Signable = Pick<ReleaseObject, 'digest' | 'config'> & {
  readonly parts: Pick<ReleaseObject['parts'], 'manifest'>;
};

/** The layouts in which a release is signed with a key. */
export async function signedLayouts(
  { client }: VendorRegistry,
  { digest, config }: Signable,
  { trusted }: Pick<SigningKey, 'trusted'>,
): Promise<ReadonlySet<Signature['layout']>> {
  const signed = { digest, repository: objectRepository(config.namespace) };
  const found = new Set<Signature['layout']>();
  for await (const signature of client.signatures(signed)) {
    if (verifySignature(signature, signed, [trusted]).good) found.add(signature.layout);
  }
  return found;
}

/** Signs a release in both layouts, and adds to what others signed. One that is signed already is left alone. */
export async function signRelease(
  registry: VendorRegistry,
  release: Signable,
  key: SigningKey,
): Promise<void> {
  const present = await signedLayouts(registry, release, key);
  const repository = objectRepository(release.config.namespace);
  const subject = { digest: release.digest, reference: `${registry.host}/${repository}` };
  for (const signature of signatures(subject, key.key, key.trusted)) {
    if (present.has(signature.layout)) continue;
    if (signature.layout === 'bundle') await pushBundle(registry, release, signature.bundle);
    else await pushPayload(registry, release, signature);
  }
}

const empty = Buffer.from('{}');

async function pushBundle(
  registry: VendorRegistry,
  { digest, config, parts }: Signable,
  text: string,
): Promise<void> {
  const { access } = registry;
  const repository = objectRepository(config.namespace);
  const bundle = Buffer.from(text);
  for (const blob of [empty, bundle]) await pushBlob(access, repository, blob);
  const manifest = bytesOf({
    schemaVersion: 2,
    mediaType: ociManifest,
    artifactType: bundleType,
    config: descriptorOf('application/vnd.oci.empty.v1+json', empty),
    layers: [descriptorOf(bundleType, bundle)],
    subject: descriptorOf(ociManifest, parts.manifest),
  });
  const reference = digestOf(manifest);
  const pushed = await pushManifest(access, { repository, reference }, manifest, ociManifest);
  if (pushed.hasReferrers) return;
  // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
  const tag = digest.replace(':', '-');
  const before = await jsonAt(registry, repository, tag);
  const listed = Array.isArray(before?.manifests) ? before.manifests : [];
  const entry = { ...descriptorOf(ociManifest, manifest), artifactType: bundleType };
  const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [...listed, entry] };
  await pushManifest(access, { repository, reference: tag }, bytesOf(index), ociIndex);
}

const imageConfig = 'application/vnd.oci.image.config.v1+json';

async function pushPayload(
  registry: VendorRegistry,
  { digest, config }: Signable,
  { payload, signature }: Extract<Signature, { layout: 'payload' }>,
): Promise<void> {
  const { access } = registry;
  const repository = objectRepository(config.namespace);
  const tag = `${digest.replace(':', '-')}.sig`;
  const bytes = Buffer.from(payload);
  const before = await jsonAt(registry, repository, tag);
  const layers = [
    ...(Array.isArray(before?.layers) ? before.layers : []),
    { ...descriptorOf(payloadType, bytes), annotations: { [signatureAnnotation]: signature } },
  ];
  const diffIds = layers.map((layer: unknown) => object(layer)?.digest);
  const image = bytesOf({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  for (const blob of [bytes, image]) await pushBlob(access, repository, blob);
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptorOf(imageConfig, image),
    layers,
  };
  await pushManifest(access, { repository, reference: tag }, bytesOf(manifest), ociManifest);
}

/** What is at a tag; undefined if nothing is. */
async function jsonAt({ client }: VendorRegistry, repository: string, tag: string) {
  try {
    return parseJsonObject((await client.manifest(repository, tag)).bytes);
  } catch (error) {
    if (error instanceof UserError && error.code === 'RELEASE_UNKNOWN') return undefined;
    throw error;
  }
}

function bytesOf(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
