import { join } from 'node:path';
import { readReach } from '../compose/compose-project.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { findInstallation } from '../installation/find-installation.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { planData } from '../installation/plan.ts';
import { type Installation, readCurrent } from '../installation/read-installation.ts';
import { agree, showPlan } from '../installation/show-plan.ts';
import { readText } from '../lib/fs/files.ts';
import { gatherNginx, installActions, mustBeRoot } from '../nginx/gather-nginx.ts';
import { installNginx } from '../nginx/install-nginx.ts';
import { hostAbilities } from '../nginx/nginx-abilities.ts';
import { findNginx, mustBeHarmless, testSite } from '../nginx/nginx-program.ts';
import { planNginx, withActions } from '../nginx/plan-nginx.ts';
import { putBack, putSite } from '../nginx/put-site.ts';
import {
  type NginxOutcome,
  nginxPlanLines,
  reportNginx,
  tellOfSite,
  tellOfVerdict,
} from '../nginx/report-nginx.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';
import { noteCopy } from '../nginx/site-copy.ts';
import { openInstallation } from '../open/open-installation.ts';
import { nginxFile } from '../release/layout.ts';
import { bundlesOf } from '../release/release.ts';
import { siteCertificateFault } from '../tls/certificate.ts';
import { type GivenCertificate, givenCertificate } from '../tls/given-certificate.ts';
import { hostOfSite } from '../values/site-host.ts';

export interface NginxOptions extends GivenCertificate {
  readonly dir?: string;
  readonly test: boolean;
  readonly install: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Updates nginx/proto.conf from the values and, depending on the options, tests and installs it. */
export async function nginx(context: Context, options: NginxOptions): Promise<number> {
  const { dir, install, dryRun } = options;
  const certificate = await givenCertificate(context, options);
  if (install && !dryRun) mustBeRoot(context, await findInstallation(context, dir));
  const hold = { dir, command: 'proto-scaffold nginx', changes: !dryRun };
  await using installation = await openInstallation(context, hold);
  const { folder, lock, base } = installation;
  const templates = await installedTemplates(context, folder, lock);
  const current = await currentTexts(installation);
  const reaches = await readReach(context, folder);
  const abilities = await hostAbilities(context);
  const known = { lock, base, current, templates, reaches, abilities };
  const input = { installation: folder, ...known, certificate };
  const before = current.get(nginxFile);
  const outcome = await gather(context, options, installation, before, planNginx(input));
  await tellOfSite(context, outcome, bundlesOf(templates.release, lock.hosting).length > 0);
  await tellOfChain(context, folder, outcome.computed.text);
  if (!install) await noteCopy(context, folder);
  const { files, actions } = outcome.computed.plan;
  if (files.length + actions.length === 0) {
    reportNginx(context, outcome);
    return ExitCode.done;
  }
  if (lock.hosting === 'hybrid' && certificate !== undefined) {
    context.reporter.notice(
      'The database gets its certificate through docker-compose.yml. To update that file, run proto-scaffold update --offline, then proto-scaffold start.',
    );
  }
  const lines = nginxPlanLines(outcome.computed);
  if (dryRun) for (const line of lines) context.reporter.line(line);
  else showPlan(context, lines, options.yes || !install);
  if (dryRun) reportNginx(context, outcome);
  else {
    await agree(context, planData(outcome.computed.plan), options.yes || !install);
    reportNginx(context, await apply(context, installation, outcome, before));
  }
  return ExitCode.done;
}

/** Prints a notice if clients would refuse the certificate. */
async function tellOfChain({ reporter }: Context, folder: string, conf: string): Promise<void> {
  const file = certificateOfSite(conf)?.certificate;
  const pem = file && (await readText(file).catch(() => undefined));
  const fault = pem && (await siteCertificateFault(folder, pem, undefined, hostOfSite(conf)?.name));
  if (fault) reporter.notice(`${file}: ${fault.message}. ${fault.remedy}`);
}

async function currentTexts({ folder, base, current }: Installation): Promise<Map<string, string>> {
  const own = base.has(nginxFile) ? new Map() : await readCurrent(folder, [nginxFile]);
  return new Map([...current, ...own].map(([path, { text }]) => [path, text]));
}

/**
 * Inspects nginx as far as the options need it, and tests the site before any change.
 * @param before content of nginx/proto.conf
 */
async function gather(
  context: Context,
  { test, install, dryRun }: NginxOptions,
  { folder }: Installation,
  before: string | undefined,
  computed: ReturnType<typeof planNginx>,
): Promise<NginxOutcome> {
  if (!test && !install) return { computed, verdict: undefined, host: undefined, dryRun };
  // Only root's nginx could do harm. Other users first get nginx's own words.
  if (context.root) await mustBeHarmless(folder, computed.text, before);
  const build = await findNginx(context);
  const host = install ? await gatherNginx(context, build, folder, computed.text) : undefined;
  const verdict = await testSite(context, build, computed, host !== undefined);
  if (!context.root) await mustBeHarmless(folder, computed.text, before);
  const changes = { file: computed.plan.files.length > 0, tested: verdict !== undefined };
  const actions = host === undefined ? [] : installActions(host, changes);
  return { computed: withActions(computed, actions), verdict, host, dryRun };
}

/** @param before content of nginx/proto.conf, restored if nginx rejects the new one */
async function apply(
  context: Context,
  installation: Installation,
  outcome: NginxOutcome,
  before: string | undefined,
): Promise<NginxOutcome> {
  const { folder, lock, base } = installation;
  const { text, base: after, plan } = outcome.computed;
  const change = {
    from: { text: before, base },
    to: { text, base: after },
    why: plan.command,
  };
  const history =
    plan.files.length === 0 ? undefined : await putSite(context, installation, lock, change);
  const { host } = outcome;
  if (host !== undefined) {
    try {
      const verdict = await installNginx(context, host, join(folder, nginxFile));
      tellOfVerdict(context, verdict);
    } catch (error) {
      if (history !== undefined) await putBack(context, installation, lock, change, history);
      throw error;
    }
  }
  return { ...outcome, ...(history !== undefined && { history }) };
}
