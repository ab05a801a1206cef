import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { beginTransaction, type Installation } from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import { urlPlaceholder } from '../nginx/site.ts';
import { fileMode, nginxFile } from '../release/layout.ts';
import type { Parameter, PlanConfigInput } from './parameters.ts';
import { type ConfigPlan, rawFilesOf } from './plan-config.ts';
import {
  reportConfig,
  reportDryConfig,
  reportSameConfig,
  showConfigPlan,
} from './report-config.ts';
import type { Outside } from './rotate-password.ts';
import { areInPlace } from './rotation-marker.ts';

export interface ChangeOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Shows the plan for a changed parameter, asks for confirmation if it is dangerous, and applies it.
 * @param parameter absent for a key that is not in the release
 * @throws UserError CANCELLED, CONFIG_SECOND_HOME; FILE_CHANGED_MEANWHILE and the other errors of a transaction
 */
export async function changeConfig(
  context: Context,
  installation: Installation,
  input: PlanConfigInput,
  computed: ConfigPlan,
  parameter: Parameter | undefined,
  { dryRun, yes }: ChangeOptions,
): Promise<void> {
  if (computed.plan.files.length === 0) return reportSameConfig(context, computed);
  const asks = parameter?.generated === true && context.interactive && !yes;
  showConfigPlan(context, computed, { dryRun, approved: !asks });
  if (dryRun) return reportDryConfig(context, computed);
  if (parameter?.generated) await meant(context, input, parameter, yes);
  reportConfig(context, computed, await applyConfig(context, installation, computed));
  if (parameter?.placeholders.some(([name]) => name === urlPlaceholder)) {
    context.reporter.notice(
      `${nginxFile} contains the host name, too. To update it, run \`proto-scaffold nginx\`.`,
    );
  }
}

/** proto-scaffold generated this secret, and other things depend on it. The vendor's comment says which. */
async function meant(
  context: Context,
  input: PlanConfigInput,
  parameter: Parameter,
  yes: boolean,
): Promise<void> {
  const { key, comment } = parameter;
  const [second] = rawFilesOf(input, parameter);
  const words = comment.filter((line) => !/^(Mandatory|Optional)\b/.test(line)).join(' ');
  context.reporter.notice(`proto-scaffold generated ${key}. ${words}`);
  if (yes) return;
  if (context.interactive) {
    if (await confirm(`Change ${key}? Nothing has been changed so far.`, context.signal, false))
      return;
    throw new UserError('CANCELLED', 'You declined the plan.');
  }
  if (second === undefined) return;
  throw new UserError(
    'CONFIG_SECOND_HOME',
    `${key} is also in ${second}, for a service that does not notice the change.`,
    {
      hint: `Run \`proto-scaffold config rotate ${key}\` to generate a new value and update that service. Or change it there first, as the note above says, and run this command again with --yes. It changes ${second} as well.`,
    },
  );
}

/** Writes the files. @param outside changed with them, all or nothing @returns the state's number in history */
export async function applyConfig(
  context: Context,
  installation: Installation,
  { plan, key }: ConfigPlan,
  outside?: Outside,
): Promise<number> {
  await using transaction = await beginTransaction(installation);
  let isMade = false;
  try {
    for (const { path, content } of plan.files) {
      const expected = installation.current.get(path)?.sha256;
      await transaction.write({ path, content: content.reveal(), mode: fileMode(path), expected });
    }
    context.signal.throwIfAborted();
    if (outside !== undefined) {
      await transaction.check();
      isMade = true;
      await outside.make(transaction.hashes);
    }
    const { release } = installation.lock;
    const why = `${plan.command} ${key}`;
    const { history, concurrentEdits } = await transaction.commit({ why, kind: 'config', release });
    reportConcurrentEdits(context, concurrentEdits);
    return history;
  } catch (error) {
    // If the files are in place nevertheless, it belongs to them.
    const done = await areInPlace(installation.folder, transaction.hashes);
    if (isMade && !done) await outside?.undo();
    throw error;
  }
}
