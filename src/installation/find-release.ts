import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { RegistryClient } from '../registry/registry.ts';
import { loadTemplates } from '../release/load-templates.ts';
import type { TemplateSet } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
import { readObject } from '../release-object/kept-object.ts';
import { fetchObject, type ReleaseObject, type WantedObject } from '../release-object/object.ts';
import { objectRepository } from '../release-object/object-config.ts';
import type { TrustedKey } from '../trust/keys.ts';
import { verifySignature } from '../trust/signature.ts';
import type { WantedArtifact } from './installation.ts';
import { rejectOtherTemplates } from './installed-templates.ts';
import type { Lock, PinnedArtifact } from './lock.ts';
import { resolveArtifacts } from './resolve-artifacts.ts';

/** A release that can be installed: its templates, and what pins its images and static bundles. */
export interface FoundRelease {
  readonly tag: string;
  /** For all kinds of hosting. */
  readonly templates: TemplateSet;
  /** Absent for the program's own templates. */
  readonly object?: ReleaseObject;
  /** The installation has the object, as a whole. */
  readonly isKept: boolean;
  /** The digests, by repository. @throws UserError as `resolveArtifacts`; RELEASE_INVALID */
  resolve(wanted: readonly WantedArtifact[]): Promise<ReadonlyMap<string, PinnedArtifact>>;
  /** How much is to be downloaded, in bytes. */
  size(artifact: PinnedArtifact): Promise<number | undefined>;
}

export interface WantedRelease {
  readonly tag: string;
  readonly namespace: string;
  readonly keys: readonly TrustedKey[];
  /** The installation that is updated. */
  readonly installed?: { readonly folder: string; readonly lock: Lock };
}

/**
 * Finds the release at a tag: the vendor's object or, in a registry that has none, the program's own templates with the images at that tag.
 * @throws UserError RELEASE_OBJECT_MISSING, TEMPLATES_REFUSED, RELEASE_UNKNOWN; as `fetchObject`
 */
export async function findRelease(
  context: Context,
  registry: RegistryClient,
  wanted: WantedRelease,
): Promise<FoundRelease> {
  const { tag, namespace, keys, installed } = wanted;
  const mustBeObject = keys.length > 0 || installed?.lock.release.digest !== undefined;
  if (mustBeObject) rejectOtherTemplates(context);
  else if (context.templates !== undefined) return ofTemplates(context, registry, tag);
  const digest = await digestAt(registry, wanted, mustBeObject);
  if (digest === undefined) return ofTemplates(context, registry, tag);
  const { version: program, reporter } = context;
  const at = { namespace, digest, program };
  const kept =
    installed?.lock.release.digest === digest
      ? await keptObject(installed.folder, at, keys)
      : undefined;
  if (kept === undefined) reporter.step(`Downloading the release at ${tag}`);
  const object = kept ?? (await fetchObject(registry, at, keys));
  const { version } = object.config;
  // A fixed version is what it says. A channel may be at any.
  if (compareVersions(tag, tag) !== undefined && tag !== version) {
    const message = `The release at ${objectRepository(namespace)}:${tag} is ${version}, not ${tag}.`;
    throw new UserError('RELEASE_INVALID', message);
  }
  if (keys.length === 0) {
    reporter.notice(
      `Release ${version} was not verified: the credentials contain no keys of the vendor ("trust").`,
    );
  }
  return ofObject(object, tag, kept !== undefined);
}

/** More required stops than any vendor has. */
const mostLegs = 20;

/**
 * The releases that lead to the wanted one, which is the last: an installation below `requiredFrom` gets that release first. Each is found
 * by the tag of its version.
 * @throws UserError RELEASE_INVALID if the stops do not lead up; as `findRelease`
 */
export async function findLegs(
  context: Context,
  registry: RegistryClient,
  wanted: WantedRelease & { readonly installed: NonNullable<WantedRelease['installed']> },
): Promise<readonly [FoundRelease, ...FoundRelease[]]> {
  const { version: present } = wanted.installed.lock.release;
  const legs: [FoundRelease, ...FoundRelease[]] = [await findRelease(context, registry, wanted)];
  for (;;) {
    const { config } = legs[0].object ?? {};
    const stop = config?.requiredFrom;
    if (config === undefined || stop === undefined) return legs;
    if ((compareVersions(present, stop) ?? 0) >= 0) return legs;
    const before = await findRelease(context, registry, { ...wanted, tag: stop });
    const lower = before.object?.config.sequence ?? 0;
    if (lower >= config.sequence || legs.length === mostLegs) {
      const message = `Release ${config.version} needs ${stop} first, which is not an earlier release.`;
      throw new UserError('RELEASE_INVALID', message);
    }
    legs.unshift(before);
  }
}

/** What is installed, if it is whole, and signed as the credentials want it now. */
async function keptObject(
  folder: string,
  at: WantedObject,
  keys: readonly TrustedKey[],
): Promise<ReleaseObject | undefined> {
  const kept = await readObject(folder, at).catch(() => undefined);
  if (kept === undefined || keys.length === 0) return kept;
  const signed = { digest: at.digest, repository: objectRepository(at.namespace) };
  const { signature } = kept.parts.signature ?? {};
  return signature && verifySignature(signature, signed, keys).good ? kept : undefined;
}

/** @returns undefined if the registry has no releases as objects, and need not have them */
async function digestAt(
  registry: RegistryClient,
  { tag, namespace, keys }: WantedRelease,
  mustBeObject: boolean,
): Promise<string | undefined> {
  const repository = objectRepository(namespace);
  try {
    return await registry.digest(repository, tag);
  } catch (error) {
    const absent = error instanceof UserError && error.code === 'REPOSITORY_UNKNOWN';
    const hidden = error instanceof UserError && error.code === 'REGISTRY_DENIED';
    // ECR answers so for a repository that the user's policy does not name, whether it exists or not.
    if (!absent && !hidden) throw error;
    if (!mustBeObject) return undefined;
    const why =
      keys.length > 0 ? 'the credentials contain keys for it' : 'the installed release is from it';
    const message = `${repository} ${hidden ? 'cannot be read' : 'does not exist'} in the registry, but ${why}.`;
    throw new UserError('RELEASE_OBJECT_MISSING', message, { cause: error });
  }
}

function ofObject(object: ReleaseObject, tag: string, isKept: boolean): FoundRelease {
  const { images, bundles } = object.config;
  const sizes = new Map(
    [...Object.values(images), ...Object.values(bundles)].map(({ digest, size }) => [digest, size]),
  );
  return {
    tag,
    templates: object.templates,
    object,
    isKept,
    async resolve(wanted) {
      const pinned = wanted.map(({ repository, use }) => {
        const found = use.kind === 'image' ? images[use.service] : bundles[use.name];
        // `openObject` has made sure of it.
        if (found === undefined) throw new Error(`the release does not pin ${repository}`);
        const { digest, version } = found;
        return [
          repository,
          { repository, digest, ...(version !== undefined && { version }) },
        ] as const;
      });
      return new Map(pinned);
    },
    size: async ({ digest }) => sizes.get(digest),
  };
}

async function ofTemplates(
  context: Context,
  registry: RegistryClient,
  tag: string,
): Promise<FoundRelease> {
  let manifests: Awaited<ReturnType<typeof resolveArtifacts>>['manifests'] = new Map();
  return {
    tag,
    templates: await loadTemplates(context),
    isKept: false,
    async resolve(wanted) {
      const resolved = await resolveArtifacts(context, registry, wanted, tag);
      manifests = resolved.manifests;
      return resolved.pinned;
    },
    async size({ repository }) {
      const manifest = manifests.get(repository);
      return manifest && registry.downloadSize(manifest);
    },
  };
}
