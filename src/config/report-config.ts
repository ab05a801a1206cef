import { join } from 'node:path';
import { withRestart } from '../compose/service-health.ts';
import type { Context } from '../context.ts';
import { actionLine } from '../installation/plan.ts';
import { showPlan } from '../installation/show-plan.ts';
import { quoted } from '../lib/terminal/words.ts';
import { installSite } from '../nginx/nginx.ts';
import { shown } from '../registry/load-credentials.ts';
import type { DependentStep } from './follow-access.ts';
import type { ConfigPlan } from './plan-config.ts';

/** The plan contains files and the key, never a value. With --dry-run it is the result, on stdout. */
export function showConfigPlan(
  context: Context,
  { plan, changes, key }: ConfigPlan,
  { dryRun, approved }: { readonly dryRun: boolean; readonly approved: boolean },
): void {
  const lines = [
    `Plan for ${plan.installation}`,
    ...changes
      .filter(({ kind }) => kind !== 'same')
      .map(({ file, line }) => `  ~ ${line === undefined ? file : `${file}:${line}`}  ${key}`),
    ...plan.actions.map((action) => `  > ${actionLine(action)}`),
  ];
  if (dryRun) for (const line of lines) context.reporter.line(line);
  else showPlan(context, lines, approved);
}

export function reportSameConfig({ reporter }: Context, computed: ConfigPlan): void {
  const { plan, key } = computed;
  const how =
    plan.command === 'config set' ? 'already has that value' : 'already matches the release';
  reporter.line(`Nothing to change: ${key} ${how}.`);
  reporter.result({ changed: false, ...configPlanData(computed) });
}

export function reportDryConfig({ reporter }: Context, computed: ConfigPlan): void {
  reporter.line('This was a dry run: nothing was changed.');
  reporter.result({ dryRun: true, ...configPlanData(computed) });
}

/** Reports what was changed, what must be set now, and what to restart. */
export function reportConfig(context: Context, computed: ConfigPlan, history: number): void {
  const { reporter } = context;
  const { plan, key, restart, reload, nowMissing, leftBehind, follows, onlyIpv6 } = computed;
  const folder = shown(context, plan.installation);
  reporter.line(done(computed));
  reporter.line(
    `  The previous state is number ${history} in \`proto-scaffold history\`. To go back, run \`proto-scaffold rollback ${history}\`.`,
  );
  if (leftBehind.length > 0) {
    reporter.notice(`The previous value is still part of ${leftBehind.join(', ')}.`);
  }
  if (onlyIpv6) {
    reporter.notice(
      "All allowed networks are IPv6. Docker's networks carry only IPv4 by default, so no one may reach the database: see `proto-scaffold check`.",
    );
  }
  if (nowMissing.length > 0) {
    reporter.line();
    reporter.line('NOW MANDATORY, BUT NOT SET:');
    const commands = nowMissing.map(({ key }) => `proto-scaffold config set ${quoted(key)}`);
    const width = Math.max(...commands.map(({ length }) => length));
    for (const [index, command] of commands.entries()) {
      reporter.line(`  ${command.padEnd(width)}  # ${nowMissing[index]?.comment[0] ?? key}`);
    }
  }
  const restarted = restart.filter((service) => !reload.includes(service));
  const next = [
    ...(reload.length === 0 ? [] : [`proto-scaffold reload ${reload.join(' ')}`]),
    ...(restarted.length === 0
      ? []
      : [`cd ${quoted(join(folder, 'backend'))}`, `docker compose restart ${restarted.join(' ')}`]),
  ];
  if (next.length > 0) {
    reporter.line();
    reporter.line(
      nowMissing.length > 0 ? 'Then, if the platform is running:' : 'If the platform is running:',
    );
    for (const command of next) reporter.line(`  ${withRestart(command)}`);
  }
  const commands = follows.map((follower) => followerCommands[follower]);
  if (commands.length > 0) {
    reporter.line();
    reporter.line('Other files depend on this value. To update them, run:');
    for (const command of commands) reporter.line(`  ${command}`);
  }
  reporter.result({
    changed: true,
    history,
    ...configPlanData(computed),
    next: [...next, ...commands],
  });
}

const followerCommands: Record<DependentStep, string> = {
  certificate: 'proto-scaffold certificate --renew',
  nginx: installSite,
};

function done({ plan, key, changes }: ConfigPlan): string {
  const files = plan.files.map(({ path }) => path).join(', ');
  if (plan.command === 'config rotate') return `Generated a new ${key} in ${files}.`;
  if (plan.command === 'config set') return `Set ${key} in ${files}.`;
  return changes.some(({ kind }) => kind === 'removed')
    ? `Removed ${key} from ${files}.`
    : `Unset ${key} in ${files}: it now matches the release.`;
}

function configPlanData(computed: ConfigPlan): object {
  const { plan, key, changes, restart, nowMissing, leftBehind } = computed;
  return {
    installation: plan.installation,
    key,
    changes,
    ...(plan.actions.length > 0 && { actions: plan.actions }),
    restart,
    nowMissing: nowMissing.map((parameter) => parameter.key),
    leftBehind,
  };
}
