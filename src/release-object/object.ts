import { UserError } from '../errors.ts';
import {
  type Descriptor,
  digestOf,
  object,
  parseJsonObject,
  parseManifest,
} from '../registry/manifest.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { checkTemplates } from '../release/check-templates.ts';
import { parseRelease } from '../release/parse-release.ts';
import type { TemplateSet } from '../release/release.ts';
import type { TrustedKey } from '../trust/keys.ts';
import { type Signature, type Signed, verifySignature } from '../trust/signature.ts';
import {
  mediaTypes,
  type ObjectConfig,
  objectLimits,
  objectRepository,
  parseObjectConfig,
} from './object-config.ts';

/** The bytes of a release object, as they are in the registry and in `.proto/release/<digest>/`. */
export interface ObjectParts {
  readonly manifest: Buffer;
  readonly config: Buffer;
  /** The gzipped tar. */
  readonly templates: Buffer;
  readonly notes?: Buffer;
  /** The one that was verified; absent without trusted keys. */
  readonly signature?: VerifiedSignature;
}

export interface VerifiedSignature {
  /** Of the key. */
  readonly fingerprint: string;
  readonly signature: Signature;
}

/** A release object whose parts belong together. */
export interface ReleaseObject {
  readonly digest: string;
  readonly config: ObjectConfig;
  readonly templates: TemplateSet;
  /** Markdown. */
  readonly notes?: string;
  readonly parts: ObjectParts;
}

export interface WantedObject {
  readonly namespace: string;
  readonly digest: string;
  /** The version of this program. */
  readonly program: string;
}

/**
 * Fetches a release object by its digest. If there are trusted keys, its signature is verified before anything of it is parsed.
 * @throws UserError RELEASE_UNVERIFIED, RELEASE_INVALID, PROGRAM_TOO_OLD, TEMPLATES_INVALID, and as `resolveManifest`
 */
export async function fetchObject(
  registry: Pick<RegistryClient, 'manifest' | 'signatures' | 'blob'>,
  wanted: WantedObject,
  keys: readonly TrustedKey[],
): Promise<ReleaseObject> {
  const { digest } = wanted;
  const repository = objectRepository(wanted.namespace);
  const { bytes: manifest } = await registry.manifest(repository, digest);
  const signature =
    keys.length === 0 ? undefined : await trustedSignature(registry, { repository, digest }, keys);
  const layout = layoutOf(manifest, nameOf(wanted));
  const [config, templates, notes] = await Promise.all(
    [layout.config, layout.templates, layout.notes].map(
      (part) => part && registry.blob(repository, part),
    ),
  );
  const parts = { manifest, config, templates, ...(notes && { notes }) } as ObjectParts;
  return openObject({ ...parts, ...(signature && { signature }) }, wanted);
}

/** @throws UserError RELEASE_UNVERIFIED, which says what is wrong with each signature */
async function trustedSignature(
  registry: Pick<RegistryClient, 'signatures'>,
  signed: Signed,
  keys: readonly TrustedKey[],
): Promise<VerifiedSignature> {
  const faults = new Set<string>();
  for await (const signature of registry.signatures(signed)) {
    const verdict = verifySignature(signature, signed, keys);
    if (verdict.good) return { fingerprint: verdict.fingerprint, signature };
    faults.add(verdict.why);
  }
  throw unverified(`${signed.repository}@${signed.digest}`, [...faults]);
}

export function unverified(name: string, faults: readonly string[]): UserError {
  if (faults.length === 0) {
    return new UserError('RELEASE_UNVERIFIED', `${name} is not signed.`);
  }
  const message = `No signature of ${name} is valid.`;
  return new UserError('RELEASE_UNVERIFIED', message, {
    faults: faults.map((why) => ({ file: name, outside: true, message: `a signature ${why}` })),
  });
}

interface Layout {
  readonly config: Descriptor;
  readonly templates: Descriptor;
  readonly notes: Descriptor | undefined;
}

/** @throws UserError RELEASE_INVALID if it is not the manifest of a release object */
function layoutOf(bytes: Buffer, name: string): Layout {
  const manifest = parseManifest(bytes, name);
  const { artifactType } = object(parseJsonObject(bytes)) ?? {};
  const invalid = (why: string) => new UserError('RELEASE_INVALID', `${name} ${why}.`);
  if (artifactType !== mediaTypes.artifact || !('layers' in manifest)) {
    throw invalid('is not a release object');
  }
  const { config, layers } = manifest;
  if (config.mediaType !== mediaTypes.config) throw invalid('has no config of a release');
  const ofType = (type: string) => {
    const [first, second] = layers.filter(({ mediaType }) => mediaType === type);
    if (second !== undefined) throw invalid(`has two layers of the type ${type}`);
    return first;
  };
  const templates = ofType(mediaTypes.templates);
  if (templates === undefined) throw invalid('has no templates');
  const notes = ofType(mediaTypes.notes);
  const sizes = [
    [config, objectLimits.config],
    [templates, objectLimits.templates],
    [notes, objectLimits.notes],
  ] as const;
  for (const [part, most] of sizes) {
    if (part !== undefined && part.size > most) {
      throw invalid(`has a part of ${part.size} bytes, more than ${most}`);
    }
  }
  return { config, templates, notes };
}

/**
 * Opens the parts of an object, from wherever they come: all must be those that the digest pins.
 * @throws UserError RELEASE_INVALID, PROGRAM_TOO_OLD, TEMPLATES_INVALID
 */
export async function openObject(parts: ObjectParts, wanted: WantedObject): Promise<ReleaseObject> {
  const name = nameOf(wanted);
  const invalid = (why: string) => new UserError('RELEASE_INVALID', `${name} ${why}.`);
  if (digestOf(parts.manifest) !== wanted.digest) throw invalid('does not have that digest');
  const layout = layoutOf(parts.manifest, name);
  const pairs = [
    [layout.config, parts.config],
    [layout.templates, parts.templates],
    [layout.notes, parts.notes],
  ] as const;
  for (const [descriptor, bytes] of pairs) {
    const digest = bytes === undefined ? undefined : digestOf(bytes);
    if (descriptor?.digest !== digest) throw invalid('has a part that does not match its digest');
  }
  const config = parseObjectConfig(parts.config, { ...wanted, name });
  // What reads archives is loaded only where one is read.
  const { unpackTemplates } = await import('./template-archive.ts');
  const texts = unpackTemplates(parts.templates, name);
  const release = parseRelease(texts.release);
  const templates = checkTemplates({ release, files: texts.files });
  mustMatch(config, templates, invalid);
  return {
    digest: wanted.digest,
    config,
    templates,
    ...(parts.notes && { notes: parts.notes.toString() }),
    parts,
  };
}

/** What the templates use must be pinned by the config, and nothing else under its name. */
function mustMatch(
  { version, namespace, images, bundles }: ObjectConfig,
  { release }: TemplateSet,
  invalid: (why: string) => UserError,
): void {
  if (release.release !== version) {
    throw invalid(`is release ${version}, but its templates are those of ${release.release}`);
  }
  for (const [service, { repository }] of Object.entries(release.services)) {
    if (images[service]?.repository !== `${namespace}/${repository}`) {
      throw invalid(`does not name the image ${namespace}/${repository} for ${service}`);
    }
  }
  for (const bundle of Object.keys(release.bundles)) {
    if (bundles[bundle]?.repository !== `${namespace}/${bundle}`) {
      throw invalid(`does not name the static bundle ${namespace}/${bundle}`);
    }
  }
}

function nameOf({ namespace, digest }: WantedObject): string {
  return `${objectRepository(namespace)}@${digest}`;
}
