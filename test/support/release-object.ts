import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readTemplates, type TemplateTexts } from '../../src/release/load-templates.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import type { ObjectConfig } from '../../src/release-object/object-config.ts';
import { packObject } from '../../src/release-object/pack-object.ts';
import { type TrustedKey, trusted } from '../../src/trust/keys.ts';
import { payloadType, signatureAnnotation, signatures } from '../../src/trust/signature.ts';
import type { Publisher } from './registry/publisher.ts';
import { type ReleaseName, releaseFolder } from './releases.ts';

/** What the vendor signs with, and what the operator's credentials have of it. */
export interface VendorKey {
  readonly privateKey: KeyObject;
  readonly trusted: TrustedKey;
  /** PEM. */
  readonly publicPem: string;
  readonly privatePem: string;
}

export function vendorKey(): VendorKey {
  const { privateKey: pem } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const privateKey = createPrivateKey(pem);
  const key = trusted(privateKey) as TrustedKey;
  const publicPem = key.key.export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, trusted: key, publicPem, privatePem: pem };
}

export function templatesOf(version: ReleaseName): Promise<TemplateTexts> {
  return readTemplates(releaseFolder(version));
}

/** The config of a release with these templates; digests are as given, or made up. */
export function configOf(
  texts: TemplateTexts,
  change: Partial<ObjectConfig> = {},
  digestFor: (name: string) => string = (name) =>
    `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`,
): ObjectConfig {
  const release = parseRelease(texts.release);
  const namespace = change.namespace ?? 'proto';
  const artifact = (name: string) => ({
    repository: `${namespace}/${name}`,
    digest: digestFor(name),
    version: release.release,
    size: 1000,
  });
  return {
    formatVersion: 1,
    namespace,
    version: release.release,
    sequence: 1,
    createdAt: '2026-11-30T12:00:00Z',
    images: Object.fromEntries(
      Object.entries(release.services).map(([service, { repository }]) => [
        service,
        artifact(repository),
      ]),
    ),
    bundles: Object.fromEntries(Object.keys(release.bundles).map((name) => [name, artifact(name)])),
    ...change,
  };
}

export interface PublishedObject {
  readonly version: ReleaseName;
  /** `stable` and the version. */
  readonly tags?: readonly string[];
  readonly keys?: readonly VendorKey[];
  readonly change?: Partial<ObjectConfig>;
  readonly notes?: string;
  /** The namespace of the repository, if it is another than that of the object. */
  readonly into?: string;
  /** Changes the templates. */
  readonly edit?: (texts: TemplateTexts) => TemplateTexts;
}

/** Puts a release object into a registry: its images and static bundles first, each under no tag but its version. */
export async function publishObject(
  registry: Publisher,
  {
    version,
    tags = ['stable', version],
    keys = [],
    change = {},
    notes,
    edit,
    into,
  }: PublishedObject,
): Promise<{ readonly digest: string; readonly config: ObjectConfig }> {
  const texts = (edit ?? ((same) => same))(await templatesOf(version));
  const { services } = parseRelease(texts.release);
  const { images, bundles } = await registry.seedRelease({
    version,
    tags: [version],
    images: [...new Set(Object.values(services).map(({ repository }) => repository))],
  });
  const all: Readonly<Record<string, string>> = { ...images, ...bundles };
  const config = configOf(texts, change, (name) => all[name] ?? `sha256:${'0'.repeat(64)}`);
  const { digest, parts } = packObject(config, texts, notes);
  const repository = `${into ?? config.namespace}/release`;
  for (const blob of [parts.config, parts.templates, ...(parts.notes ? [parts.notes] : [])]) {
    await registry.pushRawBlob(repository, blob);
  }
  for (const tag of tags) registry.pushRawManifest(repository, parts.manifest, { tag });
  for (const key of keys) await pushSignature(registry, repository, digest, key);
  return { digest, config };
}

/** Signs in the older layout, which needs nothing of a registry. One key at a time. */
export async function pushSignature(
  registry: Publisher,
  repository: string,
  digest: string,
  key: VendorKey,
  reference = `r.example/${repository}`,
): Promise<void> {
  const [, made] = signatures({ digest, reference }, key.privateKey, key.trusted);
  if (made?.layout !== 'payload') throw new Error('not the older layout');
  const empty = await registry.pushRawBlob(repository, Buffer.from('{}'));
  const payload = await registry.pushRawBlob(repository, Buffer.from(made.payload));
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: empty, size: 2 },
    layers: [
      {
        mediaType: payloadType,
        digest: payload,
        size: Buffer.byteLength(made.payload),
        annotations: { [signatureAnnotation]: made.signature },
      },
    ],
  };
  registry.pushRawManifest(repository, manifest, { tag: `${digest.replace(':', '-')}.sig` });
}
