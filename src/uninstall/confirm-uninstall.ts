import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { ask, confirm } from '../lib/terminal/prompts.ts';

export interface Confirmation {
  readonly data: boolean;
  readonly yes: boolean;
  /** Of --name: the name of the installation's folder, given in the place of typing it. */
  readonly name?: string | undefined;
}

/**
 * Makes sure that it is meant. Data is never removed by a mere yes: its installation has to be named.
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
    const message = `All data of this installation is going to be removed for good. Type its name, ${right}`;
    const typed = await ask({ message, hidden: false, fault: () => undefined }, signal);
    if (typed !== right) throw wrongName(typed, right);
    return;
  }
  if (yes) return;
  if (!interactive) throw missing('--yes', undefined);
  if (await confirm('Go ahead? Nothing has been changed so far.', signal, false)) return;
  throw new UserError('CANCELLED', 'You said no to the plan.');
}

function wrongName(given: string, right: string): UserError {
  const message = `"${given}" is not the name of this installation, which is ${right}. Nothing was removed.`;
  return new UserError('CONFIRMATION_MISSING', message);
}

function missing(flags: string, name: string | undefined): UserError {
  const message = 'Nobody can be asked here whether this is meant. Nothing was removed.';
  return new UserError('CONFIRMATION_MISSING', message, {
    hint: `Look at the plan above; if it is meant, add ${flags}${name === undefined ? '' : ` ${name}`}.`,
  });
}
