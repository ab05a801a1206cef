import type { Context } from '../context.ts';
import { type Plan, planLines } from '../core/plan.ts';
import { UserError } from '../errors.ts';
import { confirm } from '../host/prompts.ts';

/**
 * Shows the plan, and on a terminal asks for a go. Nothing has been touched up to here.
 * @throws UserError CANCELLED
 */
export async function agreeToPlan(context: Context, plan: Plan, yes: boolean): Promise<void> {
  const { reporter } = context;
  const asks = context.interactive && !yes;
  for (const line of planLines(plan)) asks ? reporter.question(line) : reporter.step(line);
  if (!asks) return;
  if (await confirm('Go ahead? Nothing has been changed so far.', context.signal)) return;
  throw new UserError('CANCELLED', 'You said no to the plan.');
}
