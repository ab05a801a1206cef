import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { UserError } from '../errors.ts';
import { type Descriptor, ociManifest, parseJsonObject } from '../registry/manifest.ts';
import { pushBlob, pushManifest } from '../registry/push.ts';
import type { ResolvedManifest } from '../registry/registry.ts';
import type { TemplateTexts } from '../release/load-templates.ts';
import { parseRelease } from '../release/parse-release.ts';
import type { Release } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
import { type ObjectParts, openObject } from '../release-object/object.ts';
import { type ObjectConfig, objectRepository } from '../release-object/object-config.ts';
import { packObject } from '../release-object/pack-object.ts';
import { unpackTemplates } from '../release-object/template-archive.ts';
import { lintTemplates } from './lint-templates.ts';
import { publishedAt, publishedIn } from './published.ts';
import type { VendorRegistry } from './vendor-registry.ts';

export interface PublishOptions {
  readonly version: string;
  readonly namespace: string;
  /** The tag of images and static bundles. */
  readonly imagesTag: string;
  readonly requiredFrom?: string | undefined;
  readonly minimumProgram?: string | undefined;
  /** Markdown. */
  readonly notes?: string | undefined;
  /** When it is made: RFC 3339, UTC. */
  readonly now: string;
}

export interface PreparedRelease {
  readonly config: ObjectConfig;
  readonly digest: string;
  readonly parts: ObjectParts;
  /** The registry has it already. */
  readonly exists: boolean;
}

/**
 * Makes the object of a release. Pushes nothing.
 * @throws UserError TEMPLATES_INVALID with every fault; RELEASE_EXISTS; IMAGE_UNSUITABLE; as `resolveManifest`
 */
export async function prepareRelease(
  registry: VendorRegistry,
  given: TemplateTexts,
  options: PublishOptions,
): Promise<PreparedRelease> {
  const { version, namespace, notes, requiredFrom, minimumProgram } = options;
  mustBeVersion(version);
  const texts = { ...given, release: withVersion(given.release, version) };
  const faults = lintTemplates(texts);
  if (faults.length > 0) {
    throw new UserError('TEMPLATES_INVALID', 'The template set is invalid.', { faults });
  }
  const release = parseRelease(texts.release);
  const pinned = await pinArtifacts(registry, release, options);
  const all = await publishedIn(registry, namespace);
  const same = all.find((each) => each.version === version);
  const before = same && (await publishedAt(registry, namespace, version));
  const config: ObjectConfig = {
    formatVersion: 1,
    ...{ namespace, version, ...pinned },
    sequence: before?.config.sequence ?? 1 + Math.max(0, ...all.map(({ sequence }) => sequence)),
    createdAt: before?.config.createdAt ?? options.now,
    ...(minimumProgram !== undefined && { minimumProgram }),
    ...(requiredFrom !== undefined && { requiredFrom }),
  };
  if (before !== undefined) {
    const changes = differences(before.config, before.parts, config, texts, notes);
    if (changes.length === 0) return { ...before, exists: true };
    const message = `Release ${version} is published already, with other contents: ${changes.join(', ')}.`;
    throw new UserError('RELEASE_EXISTS', message);
  }
  const made = packObject(config, texts, notes);
  // What `init` would refuse is not published.
  await openObject(made.parts, { namespace, digest: made.digest, program: minimumProgram ?? '0' });
  return { config, ...made, exists: false };
}

function mustBeVersion(version: string): void {
  if (compareVersions(version, version) === 0 && /^\d/.test(version)) return;
  throw new UserError('USAGE', `${JSON.stringify(version)} is not a version such as 2026.12.0.`);
}

/** The text of release.yml with this version, and every other byte as it was. */
export function withVersion(text: string, version: string): string {
  const node = parseDocument(text).get('release', true) as
    | { range?: [number, number, number] }
    | undefined;
  const range = node?.range;
  return range === undefined ? text : text.slice(0, range[0]) + version + text.slice(range[1]);
}

type Pinned = Pick<ObjectConfig, 'images' | 'bundles'>;

async function pinArtifacts(
  { client }: VendorRegistry,
  { services, bundles }: Release,
  { namespace, imagesTag }: PublishOptions,
): Promise<Pinned> {
  const images = Object.entries(services).map(
    ([service, { repository }]) => [service, repository] as const,
  );
  const names = [
    ...new Set([...images.map(([, repository]) => repository), ...Object.keys(bundles)]),
  ];
  const resolved = await client.resolveAll(
    names.map((name) => ({ repository: `${namespace}/${name}`, reference: imagesTag })),
  );
  const byName = new Map(names.map((name, index) => [name, resolved[index] as ResolvedManifest]));
  const artifact = async (name: string, isImage: boolean) => {
    const found = byName.get(name) as ResolvedManifest;
    if (isImage) await mustRunOnServers(client, found);
    else mustBeBundle(found);
    const version = await client.version(found);
    const size = (await client.downloadSize(found)) ?? 0;
    const { repository, digest } = found;
    return { repository, digest, ...(version !== undefined && { version }), size };
  };
  const entries = <T extends readonly (readonly [string, string])[]>(all: T, isImage: boolean) =>
    Promise.all(all.map(async ([key, name]) => [key, await artifact(name, isImage)] as const));
  return {
    images: Object.fromEntries(await entries(images, true)),
    bundles: Object.fromEntries(
      await entries(
        Object.keys(bundles).map((name) => [name, name] as const),
        false,
      ),
    ),
  };
}

const maxImageConfig = 4 * 1024 * 1024;

/** Operators run linux/amd64. @throws UserError IMAGE_UNSUITABLE */
async function mustRunOnServers(
  client: VendorRegistry['client'],
  { repository, digest, manifest }: ResolvedManifest,
): Promise<void> {
  const unsuitable = () =>
    new UserError('IMAGE_UNSUITABLE', `${repository}@${digest} has no image for linux/amd64.`);
  if ('manifests' in manifest) {
    const fits = ({ platform }: Descriptor) =>
      platform?.os === 'linux' && platform.architecture === 'amd64';
    const child = manifest.manifests.find(fits);
    if (child === undefined) throw unsuitable();
    await client.manifest(repository, child.digest);
    return;
  }
  if (manifest.config.size > maxImageConfig) throw unsuitable();
  const { os, architecture } =
    parseJsonObject(await client.blob(repository, manifest.config)) ?? {};
  if (os !== 'linux' || architecture !== 'amd64') throw unsuitable();
}

function mustBeBundle({ repository, digest, manifest }: ResolvedManifest): void {
  const [layer, ...others] = 'layers' in manifest ? manifest.layers : [];
  if (layer !== undefined && others.length === 0 && /tar(\+|\.)gzip$/.test(layer.mediaType)) return;
  const message = `${repository}@${digest} is not a static bundle: an artifact with one layer tar+gzip.`;
  throw new UserError('IMAGE_UNSUITABLE', message);
}

/** What differs from a published release, by the names of its parts. The same templates can be packed differently by another zlib. */
function differences(
  before: ObjectConfig,
  parts: ObjectParts,
  config: ObjectConfig,
  { release, files }: TemplateTexts,
  notes: string | undefined,
): string[] {
  const old = unpackTemplates(parts.templates, before.version);
  const paths = [...new Set([...old.files.keys(), ...files.keys()])].sort();
  const fields = [
    ...new Set([...Object.keys(before), ...Object.keys(config)]),
  ] as (keyof ObjectConfig)[];
  return [
    ...fields.filter((field) => !isDeepStrictEqual(before[field], config[field])),
    ...(old.release === release ? [] : ['release.yml']),
    ...paths.filter((path) => old.files.get(path) !== files.get(path)),
    ...((parts.notes?.toString() ?? undefined) === notes ? [] : ['notes']),
  ];
}

/** Pushes the object, and its tag last. */
export async function pushRelease(
  { access }: VendorRegistry,
  { config, parts }: PreparedRelease,
): Promise<void> {
  const repository = objectRepository(config.namespace);
  const blobs = [parts.config, parts.templates, ...(parts.notes ? [parts.notes] : [])];
  for (const blob of blobs) await pushBlob(access, repository, blob);
  const asked = { repository, reference: config.version };
  await pushManifest(access, asked, parts.manifest, ociManifest);
}
