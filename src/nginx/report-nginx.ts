import type { Context } from '../context.ts';
import { planData, planLines } from '../installation/plan.ts';
import { quoted } from '../lib/terminal/words.ts';
import { shown } from '../registry/load-credentials.ts';
import { nginxFile } from '../release/layout.ts';
import type { NginxHost } from './gather-nginx.ts';
import { installSite, type NginxVerdict } from './nginx.ts';
import { type NginxPlan, siteWords } from './plan-nginx.ts';
import type { Rival } from './served-sites.ts';
import { closedFolders } from './site-links.ts';

/** The results and actions. Parts that were not requested are absent. */
export interface NginxOutcome {
  readonly computed: NginxPlan;
  readonly verdict: NginxVerdict | undefined;
  /** Of --install. */
  readonly host: NginxHost | undefined;
  readonly dryRun: boolean;
  /** The number of the previous state in history, if nginx/proto.conf was changed. */
  readonly history?: number;
}

export function nginxPlanLines({ plan, text }: NginxPlan): string[] {
  const files = plan.files.length === 0 ? [] : siteWords(text).map((words) => `      ${words}`);
  return [
    ...planLines({ ...plan, actions: [] }),
    ...files,
    ...planLines({ ...plan, files: [] }).slice(1),
  ];
}

/** Prints notices about the site that the operator should see before confirming. */
export async function tellOfSite(
  { reporter }: Context,
  { computed, verdict, host }: NginxOutcome,
  servesFiles: boolean,
): Promise<void> {
  const { plan, conflicts, otherRelease, portFaults } = computed;
  for (const { line } of conflicts) {
    const place = line === undefined ? nginxFile : `${nginxFile}:${line}`;
    reporter.notice(
      `${place}: you changed lines that the values would change. Your lines are kept.`,
    );
  }
  for (const { file, line, message } of portFaults) {
    reporter.notice(`${file}:${line} ${message}.`);
  }
  if (otherRelease) {
    reporter.notice(
      `This version of proto-scaffold does not contain the installed release. ${nginxFile} is unchanged until you run \`proto-scaffold update\`.`,
    );
  }
  tellOfVerdict({ reporter }, verdict);
  if (verdict !== undefined && servesFiles) {
    for (const folder of await closedFolders(plan.installation)) {
      reporter.notice(
        `Other users cannot enter ${folder}. If nginx's user is not in its group, nginx returns 403, 404 or 500. To grant access, run: sudo chmod o+x ${quoted(folder)}`,
      );
    }
  }
  for (const rival of host?.rivals ?? []) reporter.notice(rivalWords(rival));
}

function rivalWords({ file, line, name, address, ignored }: Rival): string {
  const other = `${file}:${line}`;
  if (ignored === 'other') {
    return `${other} also has the server_name ${name} on ${address}. nginx ignores it there and uses this site.`;
  }
  if (ignored === 'redirect') {
    return `${other} has the server_name ${name || '_'} on ${address}, so nginx ignores the redirect of this site to https.`;
  }
  return `${file} is nginx's default site for ${address} and answers instead of this one, because this one has no host name. Set app.base_url, or run: sudo rm ${quoted(file)}`;
}

/** Prints nginx's warnings, and what could not be tested. */
export function tellOfVerdict(
  { reporter }: Pick<Context, 'reporter'>,
  verdict: NginxVerdict | undefined,
): void {
  if (verdict === undefined) return;
  for (const warning of verdict.warnings) reporter.notice(warning);
  if (verdict.portsUntried) {
    reporter.notice('Not tested: whether nginx can listen on its ports. This test requires root.');
  }
}

export function reportNginx(context: Context, outcome: NginxOutcome): void {
  const { reporter } = context;
  const { computed, verdict, host, dryRun, history } = outcome;
  const { plan } = computed;
  const changed = plan.files.length + plan.actions.length > 0;
  const next = dryRun ? [] : nextCommands(context, outcome);
  for (const line of wordsOf(outcome)) reporter.line(line);
  if (next.length > 0) {
    reporter.line();
    reporter.line('Next:');
    for (const command of next) reporter.line(`  ${command}`);
  }
  reporter.result({
    dryRun,
    changed: changed && !dryRun,
    plan: planData(plan),
    site: siteWords(computed.text),
    conflicts: computed.conflicts.map(({ line }) => ({ file: nginxFile, line })),
    wrongPorts: computed.portFaults,
    ...(history !== undefined && { history }),
    ...(verdict !== undefined && { tested: true, portsUntried: verdict.portsUntried }),
    ...(host !== undefined && { running: host.running !== undefined, served: isServed(host) }),
    next,
  });
}

function wordsOf({ computed, verdict, host, dryRun, history }: NginxOutcome): string[] {
  const { plan, text } = computed;
  const accepted = verdict === undefined ? [] : [`nginx accepts ${nginxFile}.`];
  if (plan.files.length + plan.actions.length === 0) {
    const how =
      host === undefined
        ? computed.portFaults.length > 0
          ? `Nothing to change: your lines in ${nginxFile} are kept.`
          : `Nothing to change: ${nginxFile} matches the values.`
        : host.running !== undefined && !isServed(host)
          ? `Nothing to do: nginx includes ${plan.installation}/${nginxFile}, but another site answers instead.`
          : `Nothing to do: nginx already uses ${plan.installation}/${nginxFile}.`;
    return [how, ...siteWords(text).map((words) => `  ${words}`), ...accepted];
  }
  if (dryRun) return [...accepted, 'This was a dry run: nothing was changed.'];
  const file = plan.files.length === 0 ? [] : [`Updated ${nginxFile} to match the values.`];
  const kept =
    history === undefined
      ? []
      : [
          `  The previous state is number ${history} in \`proto-scaffold history\`. To go back, run \`proto-scaffold rollback ${history}\`.`,
        ];
  if (host === undefined) return [...file, ...kept, ...accepted];
  const done =
    host.running === undefined
      ? 'Installed. nginx is not running.'
      : isServed(host)
        ? 'Installed: nginx tested the site and now serves it.'
        : 'Installed: nginx tested the site, but another site answers instead.';
  return [...file, ...kept, done, ...siteWords(text).map((words) => `  ${words}`)];
}

function isServed({ running, rivals }: NginxHost): boolean {
  return running !== undefined && !rivals.some(({ ignored }) => ignored === 'site');
}

function nextCommands(context: Context, { computed, host }: NginxOutcome): string[] {
  const { plan } = computed;
  if (host !== undefined) {
    return host.running === undefined ? ['sudo systemctl start nginx'] : [];
  }
  if (plan.files.length === 0) return [];
  return [`${installSite} --dir ${quoted(shown(context, plan.installation))}`];
}
