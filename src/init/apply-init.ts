import { join } from 'node:path';
import { fetchBundles } from '../bundles/fetch-bundles.ts';
import { pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { rejectOccupied } from '../installation/find-installation.ts';
import { homeFile, stringifyHome } from '../installation/home.ts';
import { identityOf, lockFormat, stringifyLock } from '../installation/lock.ts';
import { makeFolder, sha256, writeNewFile } from '../lib/fs/files.ts';
import { giveTo, ownerOf } from '../lib/fs/ownership.ts';
import type { RegistryClient } from '../registry/registry.ts';
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
  object: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  const { plan } = computed;
  await using staging = await openStaging(plan.installation, 'proto-scaffold init');
  // Another `init` may have finished since the last check.
  await rejectOccupied(plan.installation);
  await writeRendered(context, staging.tree, computed, object);
  await fetchInto(context, staging.tree, computed, registry);
  if (plan.actions.some(({ kind }) => kind === 'pull')) await pullImages(context, computed.images);
  context.signal.throwIfAborted();
  await staging.commit();
}

async function writeRendered(
  context: Context,
  tree: string,
  computed: InitPlan,
  object: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  const files = computed.plan.files.map(({ path, content }) => ({ path, text: content.reveal() }));
  const lock = stringifyLock({
    formatVersion: lockFormat,
    program: context.version,
    ...computed.lock,
    appliedAt: new Date().toISOString(),
    appliedBy: 'init',
    files: Object.fromEntries(files.map(({ path, text }) => [path, sha256(text)])),
  });
  const all: { readonly path: string; readonly text: string | Uint8Array }[] = [
    ...files,
    ...[...object].map(([path, text]) => ({ path, text })),
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
  { lock }: InitPlan,
  registry: RegistryClient,
): Promise<void> {
  const targets = Object.entries(lock.bundles).map(([name, { folder, repository, digest }]) => ({
    ...{ name, repository, digest },
    into: join(tree, folder),
  }));
  for (const { folder } of Object.values(lock.bundles)) await makeFolder(tree, folder, folderMode);
  await fetchBundles(context, registry, targets);
}

/** Modules that `init` needs only without --dry-run, loaded on demand. */

export { requireKnownChecks, startChecks } from '../checks/run-checks.ts';
export { loginDocker } from '../compose/bring-images.ts';
export { mustHaveDocker } from '../compose/platform.ts';
export { findRelease } from '../installation/find-release.ts';
export { openSession } from '../registry/registry-session.ts';
export { trustedKeys } from '../trust/keys.ts';
export { filesToKeep } from '../update/keep-object.ts';
export { loadValues } from '../values/load-values.ts';
