import { basename, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { planInit, withRandoms } from '../init/plan-init.ts';
import { reportDryRun, reportInit } from '../init/report-init.ts';
import { rejectOccupied } from '../installation/find-installation.ts';
import { expectedRegistry, wantedArtifacts } from '../installation/installation.ts';
import type { PinnedArtifact } from '../installation/lock.ts';
import { planData, planLines } from '../installation/plan.ts';
import { agree, showPlan } from '../installation/show-plan.ts';
import { requireFileSystem } from '../lib/fs/file-system-promises.ts';
import { followLink } from '../lib/fs/place.ts';
import { randomIdentity, randomSecret, randomSuffix } from '../lib/fs/random.ts';
import { warnOfSudo } from '../lib/terminal/warn-of-sudo.ts';
import { hasIpv6 } from '../nginx/nginx-abilities.ts';
import { mustBeTag } from '../registry/credentials.ts';
import { protectDockerConfig } from '../registry/docker-config-file.ts';
import { projectName } from '../release/layout.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { templatesFor } from '../release/release.ts';
import {
  mustHaveOpenssl,
  wantsOwnCertificate,
  withOwnCertificate,
  withStandInCertificate,
} from '../tls/own-certificate.ts';
import { discardAbandoned, stagingProbe } from '../transaction/staging.ts';
import { askValues } from '../values/ask-values.ts';
import { loadInputs, protectValues } from '../values/load-values.ts';
import { type Values, withDefaults } from '../values/values.ts';

export interface InitOptions {
  readonly folder: string;
  readonly credentials: string;
  readonly values?: string;
  readonly url?: string;
  readonly release?: string;
  readonly dryRun: boolean;
  readonly pull: boolean;
  readonly yes: boolean;
  /** Checks to skip. */
  readonly ignore: readonly string[];
}

/** By repository. */
type Pinned = ReadonlyMap<string, PinnedArtifact>;

/** Credentials in; a pinned, logged-in, stopped installation out. */
export async function init(context: Context, options: InitOptions): Promise<number> {
  if (options.release !== undefined) mustBeTag(options.release);
  if (options.ignore.length > 0) {
    const { requireKnownChecks } = await import('../init/apply-init.ts');
    requireKnownChecks(options.ignore);
  }
  const installation = await followLink(resolve(context.cwd, options.folder));
  if (!options.dryRun) await discardAbandoned(installation);
  await rejectOccupied(installation);
  if (!options.dryRun) await requireFileSystem(await stagingProbe(installation));
  const all = await loadTemplates(context);
  const { credentials, values: given } = await loadInputs(
    context,
    all.release,
    options.credentials,
    {
      ...(options.values === undefined ? {} : { file: options.values }),
      flags: options.url === undefined ? {} : { YOUR_URL: options.url },
    },
  );
  const templates = templatesFor(all, credentials.hosting);
  const { release } = templates;
  const tag = options.release ?? credentials.release;
  const abilities = { ipv6: await hasIpv6() };
  const planWith = (answered: Values, registry: string, pinned: Pinned) => {
    const values = withRandoms(templates, withDefaults(release, answered), randomSecret);
    protectValues(context, values);
    const project = projectName(basename(installation), randomSuffix());
    const identity = randomIdentity();
    const { group } = context;
    const { pull } = options;
    const common = {
      installation,
      identity,
      project,
      templates,
      credentials,
      tag,
      values,
      group,
      pull,
      abilities,
    };
    return planInit({ ...common, registry, pinned });
  };
  if (options.dryRun) {
    const answered = await askValues(context, release, given);
    const values = withStandInCertificate(release, answered);
    reportDryRun(context, planWith(values, expectedRegistry(credentials.aws), new Map()));
    return ExitCode.done;
  }
  warnOfSudo(context);
  const { applyInit, loginDocker, mustHaveDocker, openSession, resolveArtifacts, startChecks } =
    await import('../init/apply-init.ts');
  // Report all problems before the first prompt. Nothing has changed so far.
  await mustHaveDocker(context, { engine: options.pull });
  if (wantsOwnCertificate(release, given)) await mustHaveOpenssl(context);
  await protectDockerConfig(context);
  const look = { templates, place: installation, ignore: options.ignore };
  await using checks = startChecks(context, 'init', look);
  using session = await openSession(context, credentials.aws);
  const { token, registry } = session;
  const wanted = wantedArtifacts(release, credentials.hosting, credentials.namespace);
  const { pinned, manifests } = await resolveArtifacts(context, registry, wanted, tag);
  await checks.passed();
  const answered = await askValues(context, release, given);
  const values = await withOwnCertificate(context, release, answered);
  const computed = planWith(values, token.registry, pinned);
  // Something new, so it does not need a confirmation without a terminal.
  const approved = options.yes || !context.interactive;
  showPlan(context, planLines(computed.plan), approved);
  await agree(context, planData(computed.plan), approved);
  // From here on, the command changes the host.
  await loginDocker(context, token);
  await applyInit(context, computed, registry, manifests);
  await reportInit(context, computed);
  return ExitCode.done;
}
