import { pullImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { stringifyLock } from '../installation/lock.ts';
import type { HeldInstallation } from '../installation/read-installation.ts';
import { copyTree } from '../lib/fs/trees.ts';
import { keptFolder } from '../transaction/history.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { type AppliedChange, applyReleaseChange } from '../update/apply-change.ts';
import type { GatheredRollback } from './gather-rollback.ts';
import type { RollbackPlan } from './plan-rollback.ts';

/** Applies the plan of a rollback. @throws UserError, with the installation unchanged */
export function applyRollback(
  context: Context,
  held: HeldInstallation,
  gathered: GatheredRollback,
  computed: RollbackPlan,
): Promise<AppliedChange> {
  const { now, missing } = gathered.input;
  return applyReleaseChange(context, held, {
    record: {
      why: `rollback to state ${computed.n}`,
      kind: 'release',
      release: now.lock.release,
    },
    withoutEngine: gathered.withoutEngine,
    stage: (transaction) => stage(context, transaction, gathered, computed),
    bring: () => pullImages(context, missing).catch(withLoginHint),
  });
}

/** A rollback does not use credentials. It pulls with the login stored in Docker. */
function withLoginHint(error: unknown): never {
  if (!(error instanceof UserError) || error.code !== 'REGISTRY_DENIED') throw error;
  throw new UserError(error.code, `${error.message} Nothing was changed.`, {
    hint: 'A login lasts 12 hours. Run `proto-scaffold login`, then run the rollback again.',
    cause: error,
  });
}

async function stage(
  { version }: Context,
  transaction: Transaction,
  { input, content }: GatheredRollback,
  { plan, restored, removed }: RollbackPlan,
): Promise<void> {
  for (const { kind, path } of plan.files) {
    const expected = input.now.files.get(path)?.sha256;
    const saved = content.files.get(path);
    // Use the bytes from the state instead of the text in the plan, because saved files may not be UTF-8.
    if (kind !== 'delete' && saved !== undefined) {
      await transaction.write({ path, content: saved.bytes, mode: saved.mode, expected });
    } else if (expected !== undefined) transaction.remove(path, expected);
  }
  for (const { folder, from } of restored) {
    const kept = await keptFolder(input.installation, from, folder);
    if (kept === undefined) throw new Error(`state ${from} has no ${folder}`);
    await copyTree(kept, await transaction.replaceFolder(folder));
  }
  for (const folder of removed) transaction.removeFolder(folder);
  await transaction.setBase(content.base);
  await transaction.setLock(
    stringifyLock({
      ...input.target.lock,
      program: version,
      appliedAt: new Date().toISOString(),
      appliedBy: 'rollback',
    }),
  );
}
