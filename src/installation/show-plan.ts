import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import type { ConcurrentEdit } from '../transaction/concurrent-edit.ts';
import { type Plan, planLines } from './plan.ts';

/**
 * Shows the plan, and on a terminal asks for a go. Nothing has been touched up to here.
 * @throws UserError CANCELLED
 */
export async function agreeToPlan(context: Context, plan: Plan, yes: boolean): Promise<void> {
  showPlan(context, planLines(plan), yes);
  await agree(context, yes);
}

/** Prints a plan; one that is asked about is printed whatever --quiet says. */
export function showPlan(context: Context, lines: readonly string[], yes: boolean): void {
  const { reporter } = context;
  for (const line of lines) asks(context, yes) ? reporter.question(line) : reporter.step(line);
}

/** Asks for a go where somebody can answer. @throws UserError CANCELLED */
export async function agree(context: Context, yes: boolean): Promise<void> {
  if (!asks(context, yes)) return;
  if (await confirm('Go ahead? Nothing has been changed so far.', context.signal)) return;
  throw new UserError('CANCELLED', 'You said no to the plan.');
}

/**
 * Asks for a go for what changes the host beyond the installation: there, silence is no consent.
 * @throws UserError CANCELLED; USAGE where nobody can be asked
 */
export async function agreeOnHost(context: Context, yes: boolean): Promise<void> {
  if (yes || context.interactive) return agree(context, yes);
  throw new UserError('USAGE', 'This changes the host, and nobody is here to be asked.', {
    hint: 'Look at the plan with --dry-run, then run it with --yes. Nothing was changed.',
  });
}

function asks({ interactive }: Context, yes: boolean): boolean {
  return interactive && !yes;
}

/** Tells of what somebody saved in the moment of the change. */
export function reportConcurrentEdits(
  { reporter }: Pick<Context, 'reporter'>,
  concurrentEdits: readonly ConcurrentEdit[],
): void {
  for (const { path, keptAs } of concurrentEdits) {
    reporter.notice(`${path} was saved in that very moment; that version is kept as ${keptAs}.`);
  }
}
