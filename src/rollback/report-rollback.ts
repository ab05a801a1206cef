import type { Context } from '../context.ts';
import { planData, planLines } from '../installation/plan.ts';
import { showPlan } from '../installation/show-plan.ts';
import { shown } from '../registry/load-credentials.ts';
import { printNextSteps } from '../start/report-started.ts';
import type { AppliedChange } from '../update/apply-change.ts';
import type { GatheredRollback } from './gather-rollback.ts';
import type { RollbackPlan } from './plan-rollback.ts';

/** States the limit of a rollback. */
export const dataStays =
  'A rollback does not change data: the database and the bucket keep their current content. If the newer release has changed the database, the older release may not work with it. In that case, restore a backup of the earlier data.';

/** Shows the plan on stderr or, with --dry-run, as the result on stdout. */
export function showRollback(
  context: Context,
  { input, content }: GatheredRollback,
  { plan }: RollbackPlan,
  { dryRun, yes }: { readonly dryRun: boolean; readonly yes: boolean },
): void {
  const { release, savedAt } = content.state;
  const [title, ...rest] = planLines(plan);
  const lines = [
    `${title}: roll back to state ${input.target.n}, release ${release.version} (${release.tag}), saved at ${savedAt}`,
    ...rest,
    dataStays,
  ];
  if (dryRun) for (const line of lines) context.reporter.line(line);
  else showPlan(context, lines, yes);
}

export function reportDryRollback(context: Context, computed: RollbackPlan): void {
  context.reporter.line();
  context.reporter.line('This was a dry run: nothing was changed.');
  context.reporter.result({ dryRun: true, ...rollbackData(computed) });
}

export function reportSameState({ reporter }: Context, { n }: RollbackPlan): void {
  reporter.line(`Nothing to do: the installation already matches state ${n}.`);
  reporter.result({ changed: false, state: n });
}

/** Reports what was done, and how to start the platform. */
export function reportRollback(
  context: Context,
  { input, content }: GatheredRollback,
  computed: RollbackPlan,
  { history, wasRunning }: AppliedChange,
): void {
  const { reporter } = context;
  const { release } = content.state;
  const folder = shown(context, input.installation);
  reporter.line(
    `Rolled back to state ${computed.n}: ${folder} has release ${release.version} (${release.tag}).`,
  );
  reporter.line(
    `  The previous state, including your edits, is state ${history} in \`proto-scaffold history\`.`,
  );
  reporter.line(
    wasRunning
      ? '  The platform was stopped and is not started yet.'
      : '  The platform is not running yet.',
  );
  reporter.line(`  ${dataStays}`);
  reporter.line();
  const commands = printNextSteps(context, computed.plan);
  reporter.result({
    changed: true,
    history,
    wasRunning,
    release,
    ...rollbackData(computed),
    dataRolledBack: false,
    next: commands,
  });
}

function rollbackData({ n, plan }: RollbackPlan): object {
  return { state: n, plan: planData(plan) };
}
