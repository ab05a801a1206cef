import { fetchBundles } from '../bundles/fetch-bundles.ts';
import { loginDocker } from '../compose/bring-images.ts';
import { missingImages, pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { lockFormat, stringifyLock } from '../installation/lock.ts';
import type { Installation } from '../installation/read-installation.ts';
import { sha256 } from '../lib/fs/files.ts';
import { fileMode } from '../release/layout.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { type AppliedChange, applyReleaseChange } from './apply-change.ts';
import type { GatheredUpdate } from './gather-update.ts';
import { keepObject } from './keep-object.ts';
import type { UpdatePlan } from './plan-update.ts';

/** Applies the plan. @throws UserError, with the installation unchanged */
export function applyUpdate(
  context: Context,
  installation: Installation,
  gathered: GatheredUpdate,
  computed: UpdatePlan,
): Promise<AppliedChange> {
  const { release } = computed.lock;
  return applyReleaseChange(context, installation, {
    record: {
      why: `update to ${release.version} (${release.tag})`,
      kind: 'release',
      release: installation.lock.release,
    },
    withoutEngine: gathered.input.withoutEngine,
    async stage(transaction) {
      const { object } = gathered;
      if (object !== undefined) await keepObject(context, installation.folder, object);
      await stageFiles(context, transaction, gathered, computed);
      await stageBundles(context, transaction, gathered, computed);
    },
    bring: () => bringImages(context, gathered, computed),
  });
}

async function stageFiles(
  { version }: Context,
  transaction: Transaction,
  { current }: GatheredUpdate,
  { plan, lock, base }: UpdatePlan,
): Promise<void> {
  for (const { kind, path, content } of plan.files) {
    const expected = current.get(path)?.sha256;
    if (kind !== 'delete') {
      await transaction.write({ path, content: content.reveal(), mode: fileMode(path), expected });
    } else if (expected !== undefined) transaction.remove(path, expected);
  }
  await transaction.setBase(base);
  await transaction.setLock(
    stringifyLock({
      formatVersion: lockFormat,
      program: version,
      ...lock,
      appliedAt: new Date().toISOString(),
      appliedBy: 'update',
      files: Object.fromEntries([...base].map(([path, text]) => [path, sha256(text)])),
    }),
  );
}

async function stageBundles(
  context: Context,
  transaction: Transaction,
  { session }: GatheredUpdate,
  { artifacts, lock }: UpdatePlan,
): Promise<void> {
  const changed = artifacts.filter(({ kind }) => kind === 'bundle');
  const folders = new Set(Object.values(lock.bundles).map(({ folder }) => folder));
  const targets = [];
  for (const { name, before, after } of changed) {
    const folder = lock.bundles[name]?.folder;
    if (after !== undefined && folder !== undefined) {
      const into = await transaction.replaceFolder(folder);
      targets.push({ name, into, repository: after.repository, digest: after.digest });
    } else if (before !== undefined && 'folder' in before && !folders.has(String(before.folder))) {
      transaction.removeFolder(String(before.folder));
    }
  }
  if (targets.length > 0 && session !== undefined) {
    await fetchBundles(context, session.registry, targets);
  }
}

async function bringImages(
  context: Context,
  { session }: GatheredUpdate,
  { images }: UpdatePlan,
): Promise<void> {
  if (session === undefined) return;
  const missing = await missingImages(context, images);
  if (missing.length === 0) return;
  await loginDocker(context, session.token);
  await pullImages(context, missing);
}
