import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { agree, confirmationMissing } from '../installation/show-plan.ts';
import { ask } from '../lib/terminal/prompts.ts';
import { quoted } from '../lib/terminal/words.ts';
import type { UninstallPlan } from './plan-uninstall.ts';

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
  plan: UninstallPlan,
  { data, yes, name }: Confirmation,
): Promise<void> {
  const { interactive, signal } = context;
  const right = basename(folder);
  if (name !== undefined && name !== right) throw wrongName(name, right);
  if (data) {
    if (yes && name === right) return;
    if (!interactive) throw confirmationMissing(`--yes --name ${quoted(right)}`, plan);
    const message = `All data of this installation will be permanently deleted. To confirm, type its name: ${right}`;
    const typed = await ask({ message, hidden: false, fault: () => undefined }, signal);
    if (typed !== right) throw wrongName(typed, right);
    return;
  }
  await agree(context, plan, yes, false);
}

function wrongName(given: string, right: string): UserError {
  const message = `"${given}" is not the name of this installation. Its name is ${right}. Nothing was removed.`;
  return new UserError('CONFIRMATION_MISSING', message);
}
