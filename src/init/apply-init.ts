import { join } from 'node:path';
import { fetchBundles } from '../bundles/fetch-bundles.ts';
import { pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { rejectOccupied } from '../installation/find-installation.ts';
import { homeFile, stringifyHome } from '../installation/home.ts';
import { identityOf, stringifyLock } from '../installation/lock.ts';
import { makeFolder, sha256, writeNewFile } from '../lib/fs/files.ts';
import { giveTo, ownerOf } from '../lib/fs/ownership.ts';
import type { RegistryClient, ResolvedManifest } from '../registry/registry.ts';
import {
  baseFolder,
  fileMode,
  folderMode,
  isForContainers,
  lockFile,
  stateFolder,
} from '../release/layout.ts';
import { openStaging } from '../transaction/staging.ts';
import type { InitPlan } from './plan-init.ts';

/**
 * Builds the installation next to its final path, then renames it. A failure before the rename leaves
 * nothing behind.
 */
export async function applyInit(
  context: Context,
  computed: InitPlan,
  registry: RegistryClient,
  resolved: ReadonlyMap<string, ResolvedManifest>,
): Promise<void> {
  const { plan } = computed;
  await using staging = await openStaging(plan.installation, 'proto-scaffold init');
  // Another `init` may have finished since the last check.
  await rejectOccupied(plan.installation);
  await writeRendered(context, staging.tree, computed);
  await fetchInto(context, staging.tree, computed, registry, resolved);
  if (plan.actions.some(({ kind }) => kind === 'pull')) await pullImages(context, computed.images);
  context.signal.throwIfAborted();
  await staging.commit();
}

async function writeRendered(context: Context, tree: string, computed: InitPlan): Promise<void> {
  const files = computed.plan.files.map(({ path, content }) => ({ path, text: content.reveal() }));
  const lock = stringifyLock({
    formatVersion: 1,
    program: context.version,
    ...computed.lock,
    appliedAt: new Date().toISOString(),
    appliedBy: 'init',
    files: Object.fromEntries(files.map(({ path, text }) => [path, sha256(text)])),
  });
  const all = [
    ...files,
    ...files.map(({ path, text }) => ({ path: `${baseFolder}/${path}`, text })),
    { path: homeFile, text: newHome(computed) },
    { path: lockFile, text: lock },
  ];
  await makeFolder(tree, stateFolder, folderMode);
  for (const { path, text } of all) {
    await makeFolder(tree, path.split('/').slice(0, -1).join('/'), folderMode);
    await writeNewFile(tree, { path, content: text, mode: fileMode(path) });
    if (!isForContainers(path)) continue;
    const at = join(tree, path);
    await giveTo(at, { ...(await ownerOf(at)), gid: computed.lock.group });
  }
}

function newHome({ plan, lock }: InitPlan): string {
  const home = { installation: identityOf(lock), folder: plan.installation, volumes: {} };
  return stringifyHome(home);
}

async function fetchInto(
  context: Context,
  tree: string,
  { bundles }: InitPlan,
  registry: RegistryClient,
  resolved: ReadonlyMap<string, ResolvedManifest>,
): Promise<void> {
  const targets = bundles.map(({ name, folder, repository }) => ({
    name,
    folder,
    manifest: resolved.get(repository),
    into: join(tree, folder),
  }));
  for (const { folder } of targets) await makeFolder(tree, folder, folderMode);
  await fetchBundles(context, registry, targets);
}

/** Modules that `init` needs only without --dry-run, loaded on demand. */

export { requireKnownChecks, startChecks } from '../checks/run-checks.ts';
export { loginDocker } from '../compose/bring-images.ts';
export { mustHaveDocker } from '../compose/platform.ts';
export { resolveArtifacts } from '../installation/resolve-artifacts.ts';
export { openSession } from '../registry/registry-session.ts';
