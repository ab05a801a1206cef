import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import type { ConcurrentEdit } from '../transaction/concurrent-edit.ts';

/** Prints a plan. One that is not approved in advance is printed even with --quiet. */
export function showPlan({ reporter }: Context, lines: readonly string[], yes: boolean): void {
  for (const line of lines) yes ? reporter.step(line) : reporter.question(line);
}

/**
 * Asks for confirmation of a plan that was shown. Nothing has changed so far.
 * @param plan as JSON
 * @param preset the answer to an empty line
 * @throws UserError CANCELLED; CONFIRMATION_MISSING without a terminal and without --yes
 */
export async function agree(
  context: Context,
  plan: object,
  yes: boolean,
  preset = true,
): Promise<void> {
  if (yes) return;
  if (!context.interactive) throw confirmationMissing('--yes', plan);
  const message = 'Apply this plan? Nothing has changed so far.';
  if (await confirm(message, context.signal, preset)) return;
  throw new UserError('CANCELLED', 'You declined the plan.');
}

/** @param flags what confirms the plan @param plan as JSON, for the document that reports the error */
export function confirmationMissing(flags: string, plan: object): UserError {
  const message =
    'The plan needs a confirmation, which this command cannot ask for without a terminal. Nothing was changed.';
  return new UserError('CONFIRMATION_MISSING', message, {
    hint: `Review the plan above. To apply it, add ${flags}.`,
    document: { plan },
  });
}

/** Reports files that someone else saved during the change. */
export function reportConcurrentEdits(
  { reporter }: Pick<Context, 'reporter'>,
  concurrentEdits: readonly ConcurrentEdit[],
): void {
  const hint = '`proto-scaffold history` lists it.';
  reporter.outcome({ found: 'The files are changed.', hint });
  for (const { path, keptAs } of concurrentEdits) {
    reporter.notice(`${path} was saved during the change. That version is kept as ${keptAs}.`);
  }
}
