import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { Parameter } from '../core/config/parameters.ts';
import { type ConfigPlan, type PlanConfigInput, rawFilesOf } from '../core/config/plan-config.ts';
import { fileMode } from '../core/layout.ts';
import { UserError } from '../errors.ts';
import { confirm } from '../host/prompts.ts';
import { beginTransaction } from './hold-installation.ts';
import { quoted, shown } from './load-credentials.ts';
import type { Installation } from './open-installation.ts';

export interface ChangeOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Shows the plan of a changed parameter, makes sure that a dangerous one is meant, and applies it.
 * @param parameter absent for a key that no release has
 * @throws UserError CANCELLED, CONFIG_SECOND_HOME; FILE_CHANGED_MEANWHILE and what else the writer throws
 */
export async function changeConfig(
  context: Context,
  installation: Installation,
  input: PlanConfigInput,
  computed: ConfigPlan,
  parameter: Parameter | undefined,
  { dryRun, yes }: ChangeOptions,
): Promise<void> {
  const { plan, key } = computed;
  if (plan.files.length === 0) {
    context.reporter.line(`Nothing to change: ${key} is so already.`);
    context.reporter.result({ ...configPlanData(computed), changed: false });
    return;
  }
  show(context, computed, dryRun);
  if (dryRun) {
    context.reporter.line('This was a dry run: nothing was changed.');
    context.reporter.result({ ...configPlanData(computed), dryRun: true });
    return;
  }
  if (parameter?.generated) await meant(context, input, parameter, yes);
  report(context, computed, await apply(context, installation, computed));
}

/** What is shown names files and the key, never a value. */
function show({ reporter }: Context, { plan, changes, key }: ConfigPlan, result: boolean): void {
  const lines = [
    `Plan for ${plan.installation}`,
    ...changes
      .filter(({ kind }) => kind !== 'same')
      .map(({ file, line }) => `  ~ ${line === undefined ? file : `${file}:${line}`}  ${key}`),
  ];
  for (const line of lines) {
    if (result) reporter.line(line);
    else reporter.step(line);
  }
}

/** The program made this secret, and other things hang on it: the vendor's comment says which. */
async function meant(
  context: Context,
  input: PlanConfigInput,
  parameter: Parameter,
  yes: boolean,
): Promise<void> {
  const { key, comment } = parameter;
  const [second] = rawFilesOf(input, parameter);
  const words = comment.filter((line) => !/^(Mandatory|Optional)\b/.test(line)).join(' ');
  context.reporter.notice(`${key} was made by the program. ${words}`);
  if (yes) return;
  if (context.interactive) {
    if (await confirm(`Change ${key}? Nothing has been changed so far.`, context.signal)) return;
    throw new UserError('CANCELLED', 'You said no to the plan.');
  }
  if (second === undefined) return;
  throw new UserError(
    'CONFIG_SECOND_HOME',
    `${key} is in ${second}, too, for a service that does not notice when it changes.`,
    {
      hint: `Change it in that service first, as the note above says; then run this command again with --yes: it changes ${second} as well.`,
    },
  );
}

async function apply(
  context: Context,
  installation: Installation,
  { plan, key }: ConfigPlan,
): Promise<number> {
  const transaction = await beginTransaction(installation);
  try {
    for (const { path, content } of plan.files) {
      const expected = installation.current.get(path)?.sha256;
      await transaction.write({ path, content: content.reveal(), mode: fileMode(path), expected });
    }
    context.signal.throwIfAborted();
    const { release } = installation.lock;
    const why = `${plan.command} ${key}`;
    const { history, late } = await transaction.commit({ why, kind: 'config', release });
    for (const { path, keptAs } of late) {
      context.reporter.notice(`${path} was saved in that very moment; that version is ${keptAs}.`);
    }
    return history;
  } catch (error) {
    await transaction.discard();
    throw error;
  }
}

function report(context: Context, computed: ConfigPlan, history: number): void {
  const { reporter } = context;
  const { plan, key, restart, nowMissing } = computed;
  const folder = shown(context, plan.installation);
  const done = plan.command === 'config set' ? 'Set' : 'Took back';
  const next =
    restart.length === 0
      ? []
      : [`cd ${quoted(join(folder, 'backend'))}`, `docker compose restart ${restart.join(' ')}`];
  reporter.line(`${done} ${key} in ${plan.files.map(({ path }) => path).join(', ')}.`);
  reporter.line(`  The state before is number ${history} in \`proto-scaffold history\`.`);
  if (nowMissing.length > 0) {
    reporter.line();
    reporter.line('MANDATORY NOW, AND NOT SET:');
    for (const { key: missing, comment } of nowMissing) {
      reporter.line(`  proto-scaffold config set ${quoted(missing)}   # ${comment[0] ?? ''}`);
    }
  }
  if (next.length > 0) {
    reporter.line();
    reporter.line(nowMissing.length > 0 ? 'Then, if the platform runs:' : 'If the platform runs:');
    for (const command of next) reporter.line(`  ${command}`);
  }
  reporter.result({ ...configPlanData(computed), changed: true, history, next });
}

function configPlanData({ plan, key, changes, restart, nowMissing }: ConfigPlan): object {
  return {
    installation: plan.installation,
    key,
    changes,
    restart,
    nowMissing: nowMissing.map((parameter) => parameter.key),
  };
}
