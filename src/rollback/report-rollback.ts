import type { Context } from '../context.ts';
import { planData, planLines } from '../installation/plan.ts';
import { shown } from '../registry/load-credentials.ts';
import { tellNext } from '../start/report-started.ts';
import type { AppliedChange } from '../update/apply-change.ts';
import type { GatheredRollback } from './gather-rollback.ts';
import type { RollbackPlan } from './plan-rollback.ts';

/** Where somebody might hope for more than there is. */
export const dataStays =
  'Data is not rolled back: the database and the bucket stay as they are. If the newer release has changed the database, the older program may not work with it; a backup of the data from before is for that.';

/** The plan on the way: prose goes to stderr, or with --dry-run, where it is the result, to stdout. */
export function showRollback(
  { reporter }: Context,
  { input, content }: GatheredRollback,
  { plan }: RollbackPlan,
  result: boolean,
): void {
  const { release, savedAt } = content.state;
  const [title, ...rest] = planLines(plan);
  const lines = [
    `${title}: back to state ${input.target.n}, release ${release.templates} (${release.tag}), as it was until ${savedAt}`,
    ...rest,
    dataStays,
  ];
  for (const line of lines) {
    if (result) reporter.line(line);
    else reporter.step(line);
  }
}

export function reportDryRollback(context: Context, computed: RollbackPlan): void {
  context.reporter.line();
  context.reporter.line('This was a dry run: nothing was changed.');
  context.reporter.result({ dryRun: true, ...rollbackData(computed) });
}

export function reportSameState({ reporter }: Context, { n }: RollbackPlan): void {
  reporter.line(`Nothing to do: everything is as it was in state ${n}.`);
  reporter.result({ changed: false, state: n });
}

/** What was done, and how to start again. */
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
    `Went back to state ${computed.n}: ${folder} has release ${release.templates} (${release.tag}).`,
  );
  reporter.line(
    `  What was there until now, your edits with it, is state ${history} in \`proto-scaffold history\`.`,
  );
  reporter.line(
    wasRunning
      ? '  The platform was taken down, and is not started.'
      : '  The platform is not started.',
  );
  reporter.line(`  ${dataStays}`);
  reporter.line();
  const commands = tellNext(context, computed.plan);
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
