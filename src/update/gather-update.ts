import { readOverride, readVariables } from '../compose/compose-project.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { type FoundRelease, findLegs } from '../installation/find-release.ts';
import { compareImages, wantedArtifacts } from '../installation/installation.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { type Lock, type PinnedArtifact, pinnedByLock } from '../installation/lock.ts';
import {
  type CurrentFile,
  type Installation,
  readCurrent,
} from '../installation/read-installation.ts';
import { randomSecret } from '../lib/fs/random.ts';
import type { OnConflict } from '../merge/result.ts';
import { findCredentials, loadCredentials } from '../registry/load-credentials.ts';
import { openSession, type RegistrySession } from '../registry/registry-session.ts';
import { composeFile, hbaFile, nginxFile } from '../release/layout.ts';
import { type TemplateSet, templatesFor } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
import { notesSince } from '../release-object/notes.ts';
import type { ReleaseObject } from '../release-object/object.ts';
import type { ObjectConfig } from '../release-object/object-config.ts';
import { trustedKeys } from '../trust/keys.ts';
import { conflictCopyPath, type UpdateInput, type UpdatePlan } from './plan-update.ts';

/**
 * The input of an update, and the open registry to download from. The registry is closed at the end of the
 * scope: `using`.
 */
export interface GatheredUpdate extends Disposable {
  readonly input: UpdateInput;
  /** The current version of every file that the update may write. */
  readonly current: ReadonlyMap<string, CurrentFile>;
  /** Absent with --offline. */
  readonly session?: RegistrySession;
  /** The release object to keep, if the installation does not have it. */
  readonly object?: ReleaseObject;
  /** In bytes. */
  readonly size: FoundRelease['size'];
  /** The release notes since the installed release, in Markdown. */
  readonly notes?: string;
  /** The versions to install after this one, if the wanted release cannot be reached at once. */
  readonly later: readonly string[];
}

export interface GatherOptions {
  readonly credentials?: string;
  readonly release?: string;
  readonly onConflict: OnConflict;
  readonly offline: boolean;
  readonly withoutEngine: boolean;
}

/** Gathers the input of the update, and opens the registry. Changes nothing. */
export async function gatherUpdate(
  context: Context,
  installation: Installation,
  options: GatherOptions,
): Promise<GatheredUpdate> {
  const { lock, folder } = installation;
  const common = async (templates: TemplateSet, current: GatheredUpdate['current']) => ({
    installation: folder,
    lock,
    base: installation.base,
    current: new Map([...current].map(([path, { text }]) => [path, text])),
    override: await readOverride(folder),
    variables: await readVariables(context, folder),
    templates,
    onConflict: options.onConflict,
    running: false,
    ...(context.root && { group: context.group }),
    withoutEngine: options.withoutEngine,
    random: randomSecret,
  });
  if (options.offline) {
    const pinned = pinnedByLock(lock);
    const { registry, namespace, release } = lock;
    const templates = await installedTemplates(context, folder, lock);
    const current = await readTargets(installation, templates);
    const { tag, digest, sequence } = release;
    const object = digest === undefined ? undefined : { digest, sequence };
    const input = {
      ...(await common(templates, current)),
      ...{ tag: options.release ?? tag, registry, namespace, pinned, object },
    };
    return { input, current, size: async () => undefined, later: [], [Symbol.dispose]() {} };
  }
  const file = await findCredentials(context, folder, options.credentials);
  const { aws, namespace, release, trust } = await loadCredentials(context, file);
  const keys = trustedKeys(trust);
  const tag = options.release ?? release;
  const session = await openSession(context, aws);
  const close = () => session[Symbol.dispose]();
  try {
    const installed = { folder, lock };
    const wish = { tag, namespace, keys, installed };
    const [found, ...rest] = await findLegs(context, session.registry, wish);
    const { object, size, isKept } = found;
    const later = rest.map(({ templates: { release } }) => release.release);
    const templates = templatesFor(found.templates, lock.hosting);
    const pinned = await found.resolve(wantedArtifacts(templates.release, lock.hosting, namespace));
    if (object !== undefined) rejectLower(context, lock, object.config, options.release);
    else {
      if (options.release === undefined) rejectOlder(lock, pinned, tag);
      warnOfTemplates(context, templates, pinned);
    }
    const current = await readTargets(installation, templates);
    const input = {
      ...(await common(templates, current)),
      ...{ tag: found.tag, registry: session.token.registry, namespace, pinned },
      object: nameOf(object),
    };
    return {
      ...{ input, current, session, size, later, [Symbol.dispose]: close },
      ...(object && !isKept && { object }),
      ...(object?.notes && { notes: notesSince(object.notes, lock.release.version) }),
    };
  } catch (error) {
    close();
    throw error;
  }
}

function nameOf(object: ReleaseObject | undefined) {
  return object && { digest: object.digest, sequence: object.config.sequence };
}

/**
 * A channel never leads to an earlier release. --release may, and says so.
 * @throws UserError RELEASE_OLDER
 */
function rejectLower(
  { reporter }: Context,
  { release }: Lock,
  { version, sequence }: ObjectConfig,
  chosen: string | undefined,
): void {
  const isLower =
    release.sequence === undefined
      ? (compareVersions(version, release.version) ?? 0) < 0
      : sequence < release.sequence;
  if (!isLower) return;
  if (chosen === undefined) {
    const message = `Release ${release.version} is installed, but ${release.tag} in the registry is the earlier release ${version}.`;
    throw new UserError('RELEASE_OLDER', message);
  }
  reporter.notice(`Release ${version} is earlier than ${release.version}, which is installed.`);
}

/** The files of the last render, and existing files at the paths of the new render. */
async function readTargets(
  { folder, base, current }: Installation,
  { files }: TemplateSet,
): Promise<ReadonlyMap<string, CurrentFile>> {
  const known = [...base.keys()];
  const rendered = [...files.keys(), composeFile, hbaFile, nginxFile];
  const fresh = rendered.filter((path) => !base.has(path));
  const others = await readCurrent(folder, [
    ...fresh,
    ...[...known, ...fresh].map(conflictCopyPath),
  ]);
  return new Map([...current, ...others]);
}

/**
 * Rejects an unexpected downgrade, for example of a channel, because the data may be newer. Versions that cannot be compared
 * may be a downgrade, unless another image of the same release is newer.
 */
function rejectOlder(lock: Lock, pinned: ReadonlyMap<string, PinnedArtifact>, tag: string): void {
  const installed = Object.values(lock.images).map((image) => [image.repository, image] as const);
  const { older, unclear, isNewer } = compareImages(
    Object.fromEntries(pinned),
    Object.fromEntries(installed),
  );
  const [first] = older;
  if (first !== undefined) {
    const message = `${first.repository} is ${first.theirs} here, but the tag ${tag} in the registry is the older ${first.ours}.`;
    throw new UserError('RELEASE_OLDER', message);
  }
  if (unclear.length === 0 || isNewer) return;
  const pairs = unclear.map(
    ({ repository, ours, theirs }) => `${repository} is ${theirs} here and ${ours} there`,
  );
  const message = `The tag ${tag} in the registry may be an older release, because these versions cannot be compared: ${pairs.join('; ')}.`;
  throw new UserError('RELEASE_OLDER', message, {
    hint: `Ask the vendor which release is newer. To install this one, run the command again with --release ${tag}. Nothing was changed.`,
  });
}

/** Warns if the templates in the program and the images in the registry are from different releases. */
function warnOfTemplates(
  { reporter }: Context,
  { release }: TemplateSet,
  pinned: ReadonlyMap<string, PinnedArtifact>,
): void {
  const newer = [...pinned.values()].find(
    ({ version }) => version !== undefined && (compareVersions(version, release.release) ?? 0) > 0,
  );
  if (newer === undefined) return;
  reporter.notice(
    `The registry has release ${newer.version}, but this version of proto-scaffold contains the configuration of ${release.release}. Ask the vendor for a newer proto-scaffold.`,
  );
}

/** Download size in bytes of each changed image and bundle, by digest. Includes layers that are already on the host. */
export async function downloadSizes(
  { size: sizeOf }: GatheredUpdate,
  { artifacts }: UpdatePlan,
): Promise<ReadonlyMap<string, number>> {
  const wanted = artifacts.flatMap(({ after }) => (after === undefined ? [] : [after]));
  const sizes = await Promise.all(
    wanted.map(async (artifact) => {
      const size = await sizeOf(artifact);
      return size === undefined ? [] : [[artifact.digest, size] as const];
    }),
  );
  return new Map(sizes.flat());
}
