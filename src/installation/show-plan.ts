import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import type { ConcurrentEdit } from '../transaction/concurrent-edit.ts';
import { type Plan, planLines } from './plan.ts';

/**
 * Shows the plan and, on a terminal, asks for confirmation. Nothing has changed so far.
 * @throws UserError CANCELLED
 */
export async function agreeToPlan(context: Context, plan: Plan, yes: boolean): Promise<void> {
  showPlan(context, planLines(plan), yes);
  await agree(context, yes);
}

/** Prints a plan. A plan that needs confirmation is printed even with --quiet. */
export function showPlan(context: Context, lines: readonly string[], yes: boolean): void {
  const { reporter } = context;
  for (const line of lines) asks(context, yes) ? reporter.question(line) : reporter.step(line);
}

/** Asks for confirmation on a terminal. @throws UserError CANCELLED */
export async function agree(context: Context, yes: boolean): Promise<void> {
  if (!asks(context, yes)) return;
  if (await confirm('Apply this plan? Nothing has changed so far.', context.signal)) return;
  throw new UserError('CANCELLED', 'You declined the plan.');
}

/**
 * Asks for confirmation of changes outside the installation. Without a terminal, --yes is required.
 * @throws UserError CANCELLED; USAGE without a terminal
 */
export async function agreeOnHost(context: Context, yes: boolean): Promise<void> {
  if (yes || context.interactive) return agree(context, yes);
  throw new UserError(
    'USAGE',
    'This command changes the host and cannot ask for confirmation without a terminal.',
    {
      hint: 'Review the plan with --dry-run, then run the command with --yes. Nothing was changed.',
    },
  );
}

function asks({ interactive }: Context, yes: boolean): boolean {
  return interactive && !yes;
}

/** Reports files that someone else saved during the change. */
export function reportConcurrentEdits(
  { reporter }: Pick<Context, 'reporter'>,
  concurrentEdits: readonly ConcurrentEdit[],
): void {
  for (const { path, keptAs } of concurrentEdits) {
    reporter.notice(`${path} was saved during the change. That version is kept as ${keptAs}.`);
  }
}
