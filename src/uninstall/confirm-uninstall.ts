import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { ask, confirm } from '../lib/terminal/prompts.ts';

export interface Confirmation {
  readonly data: boolean;
  readonly yes: boolean;
  /** The value of --name: the name of the installation folder, instead of typing it. */
  readonly name?: string | undefined;
}

/**
 * Asks for confirmation. To delete data, the operator must type the name of the installation.
 * @throws UserError CANCELLED, CONFIRMATION_MISSING
 */
export async function confirmUninstall(
  context: Context,
  folder: string,
  { data, yes, name }: Confirmation,
): Promise<void> {
  const { interactive, signal } = context;
  const right = basename(folder);
  if (name !== undefined && name !== right) throw wrongName(name, right);
  if (data) {
    if (yes && name === right) return;
    if (!interactive) throw missing('--yes --name', right);
    const message = `All data of this installation will be permanently deleted. To confirm, type its name: ${right}`;
    const typed = await ask({ message, hidden: false, fault: () => undefined }, signal);
    if (typed !== right) throw wrongName(typed, right);
    return;
  }
  if (yes) return;
  if (!interactive) throw missing('--yes', undefined);
  if (await confirm('Apply this plan? Nothing has changed so far.', signal, false)) return;
  throw new UserError('CANCELLED', 'You declined the plan.');
}

function wrongName(given: string, right: string): UserError {
  const message = `"${given}" is not the name of this installation. Its name is ${right}. Nothing was removed.`;
  return new UserError('CONFIRMATION_MISSING', message);
}

function missing(flags: string, name: string | undefined): UserError {
  const message =
    'The command cannot ask for confirmation without a terminal. Nothing was removed.';
  return new UserError('CONFIRMATION_MISSING', message, {
    hint: `Review the plan above. To confirm it, add ${flags}${name === undefined ? '' : ` ${name}`}.`,
  });
}
