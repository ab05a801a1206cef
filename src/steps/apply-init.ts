import { join } from 'node:path';
import type { Context } from '../context.ts';
import { baseFolder, fileMode, folderMode, lockFile, stateFolder } from '../core/layout.ts';
import { stringifyLock } from '../core/lock.ts';
import type { InitPlan } from '../core/plan-init.ts';
import { fetchBundle } from '../host/bundle.ts';
import { makeFolder, sha256, writeNewFile } from '../host/files.ts';
import type { RegistryClient, ResolvedManifest } from '../host/registry.ts';
import { openStaging } from '../host/staging.ts';
import { refuseOccupied } from './find-installation.ts';
import { pullImages } from './registry-session.ts';

/**
 * Builds the installation beside its place and renames it there. Whatever fails before the rename leaves
 * nothing behind.
 */
export async function applyInit(
  context: Context,
  computed: InitPlan,
  registry: RegistryClient,
  resolved: ReadonlyMap<string, ResolvedManifest>,
): Promise<void> {
  const { plan } = computed;
  const staging = await openStaging(plan.installation, 'proto-scaffold init');
  try {
    // Another `init` may have come to its end since this one looked.
    await refuseOccupied(plan.installation);
    await writeRendered(context, staging.tree, computed);
    await fetchBundles(context, staging.tree, computed, registry, resolved);
    if (plan.actions.some(({ kind }) => kind === 'pull'))
      await pullImages(context, computed.images);
    context.signal.throwIfAborted();
    await staging.commit();
  } catch (error) {
    await staging.discard();
    throw error;
  }
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
    { path: lockFile, text: lock },
  ];
  await makeFolder(tree, stateFolder, folderMode);
  for (const { path, text } of all) {
    await makeFolder(tree, path.split('/').slice(0, -1).join('/'), folderMode);
    await writeNewFile(tree, { path, content: text, mode: fileMode(path) });
  }
}

async function fetchBundles(
  context: Context,
  tree: string,
  computed: InitPlan,
  registry: RegistryClient,
  resolved: ReadonlyMap<string, ResolvedManifest>,
): Promise<void> {
  const progress = new Map<string, string>();
  const fetches = computed.bundles.map(async ({ name, folder, repository }) => {
    const manifest = resolved.get(repository);
    if (manifest === undefined) throw new Error(`${repository} was not resolved`);
    await makeFolder(tree, folder, folderMode);
    const { files, bytes } = await fetchBundle({
      registry,
      resolved: manifest,
      into: join(tree, folder),
      onProgress: (done, total) => {
        progress.set(name, `${name} ${percent(done, total)}`);
        context.reporter.progress([...progress.values()].join('   '));
      },
    });
    context.reporter.detail(`${name}: ${files} files, ${bytes} bytes in ${folder}/`);
  });
  // All are waited for, so that none still writes when the tree is thrown away.
  const outcomes = await Promise.allSettled(fetches);
  context.reporter.progress('');
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function percent(done: number, total: number): string {
  return total === 0 ? '…' : `${Math.floor((done / total) * 100)} %`;
}
