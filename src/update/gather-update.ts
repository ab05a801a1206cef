import { readOverride, readVariables } from '../compose/compose-project.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { compareImages, wantedArtifacts } from '../installation/installation.ts';
import { type Lock, type PinnedArtifact, pinnedByLock } from '../installation/lock.ts';
import {
  type CurrentFile,
  type Installation,
  readCurrent,
} from '../installation/read-installation.ts';
import { resolveArtifacts } from '../installation/resolve-artifacts.ts';
import { randomSecret } from '../lib/fs/random.ts';
import type { OnConflict } from '../merge/result.ts';
import { findCredentials, loadCredentials } from '../registry/load-credentials.ts';
import type { ResolvedManifest } from '../registry/registry.ts';
import { openSession, type RegistrySession } from '../registry/registry-session.ts';
import { composeFile, hbaFile, nginxFile } from '../release/layout.ts';
import type { TemplateSet } from '../release/release.ts';
import { compareVersions } from '../release/release-order.ts';
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
  /** By repository. */
  readonly manifests: ReadonlyMap<string, ResolvedManifest>;
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
  templates: TemplateSet,
  options: GatherOptions,
): Promise<GatheredUpdate> {
  const { lock, folder } = installation;
  const current = await readTargets(installation, templates);
  const common = {
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
  };
  if (options.offline) {
    const pinned = pinnedByLock(lock);
    const { registry, namespace, release } = lock;
    const input = { ...common, tag: options.release ?? release.tag, registry, namespace, pinned };
    return { input, current, manifests: new Map(), [Symbol.dispose]() {} };
  }
  const file = await findCredentials(context, folder, options.credentials);
  const { aws, namespace, release } = await loadCredentials(context, file);
  const tag = options.release ?? release;
  const session = await openSession(context, aws);
  const close = () => session[Symbol.dispose]();
  try {
    const wanted = wantedArtifacts(templates.release, lock.hosting, namespace);
    const { pinned, manifests } = await resolveArtifacts(context, session.registry, wanted, tag);
    if (options.release === undefined) rejectOlder(lock, pinned, tag);
    warnOfTemplates(context, templates, pinned);
    const input = { ...common, tag, registry: session.token.registry, namespace, pinned };
    return { input, current, session, manifests, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
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
  { session, manifests }: GatheredUpdate,
  { artifacts }: UpdatePlan,
): Promise<ReadonlyMap<string, number>> {
  if (session === undefined) return new Map();
  const wanted = artifacts.flatMap(({ after }) => {
    const manifest = after === undefined ? undefined : manifests.get(after.repository);
    return manifest === undefined ? [] : [manifest];
  });
  const sizes = await Promise.all(
    wanted.map(async (manifest) => {
      const size = await session.registry.downloadSize(manifest);
      return size === undefined ? [] : [[manifest.digest, size] as const];
    }),
  );
  return new Map(sizes.flat());
}
