import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readTemplates, type TemplateTexts } from '../../src/release/load-templates.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import type { ObjectConfig } from '../../src/release-object/object-config.ts';
import { type TrustedKey, trusted } from '../../src/trust/keys.ts';
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
