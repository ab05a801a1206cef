import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { planData } from '../installation/plan.ts';
import { agree } from '../installation/show-plan.ts';
import { holdInstallation } from '../open/open-installation.ts';
import { applyRollback } from '../rollback/apply-rollback.ts';
import { gatherRollback, ownCompose } from '../rollback/gather-rollback.ts';
import { planRollback } from '../rollback/plan-rollback.ts';
import {
  reportDryRollback,
  reportRollback,
  reportSameState,
  showRollback,
} from '../rollback/report-rollback.ts';
import { mustStayValid } from '../update/apply-change.ts';

export interface RollbackOptions {
  readonly dir?: string;
  /** The state number. By default, the last state before a change of release. */
  readonly n?: number;
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Change files only, for hosts without an engine. */
  readonly withoutEngine: boolean;
}

/** Rolls back files, digests and static bundles to an earlier state. Does not change data. */
export async function rollback(context: Context, options: RollbackOptions): Promise<number> {
  const { dir, n, dryRun, yes, withoutEngine } = options;
  const hold = { dir, command: 'proto-scaffold rollback', changes: !dryRun };
  await using held = await holdInstallation(context, hold);
  const gathered = await gatherRollback(context, held.folder, n, withoutEngine);
  const computed = planRollback(gathered.input);
  if (computed.nothingToDo) {
    reportSameState(context, computed);
    return ExitCode.done;
  }
  await mustStayValid(context, held.folder, ownCompose(gathered), options);
  showRollback(context, gathered, computed, options);
  if (dryRun) {
    reportDryRollback(context, computed);
    return ExitCode.done;
  }
  await agree(context, planData(computed.plan), yes);
  const applied = await applyRollback(context, held, gathered, computed);
  reportRollback(context, gathered, computed, applied);
  return ExitCode.done;
}
