import { basename, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { type InitInput, planInit, withRandoms } from '../init/plan-init.ts';
import { reportDryRun, reportInit } from '../init/report-init.ts';
import { rejectOccupied } from '../installation/find-installation.ts';
import { expectedRegistry, wantedArtifacts } from '../installation/installation.ts';
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
import { type TemplateSet, templatesFor } from '../release/release.ts';
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

/** Where the images come from. */
type Source = Pick<InitInput, 'registry' | 'pinned' | 'object'>;

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
  const own = await loadTemplates(context);
  const wish = {
    ...(options.values === undefined ? {} : { file: options.values }),
    flags: options.url === undefined ? {} : { YOUR_URL: options.url },
  };
  const inputs = await loadInputs(context, own.release, options.credentials, wish);
  const { credentials } = inputs;
  const { hosting, namespace } = credentials;
  const tag = options.release ?? credentials.release;
  const abilities = { ipv6: await hasIpv6() };
  const planWith = (
    templates: TemplateSet,
    answered: Values,
    { registry, pinned, object }: Source,
  ) => {
    const defaults = withDefaults(templates.release, answered);
    const values = withRandoms(templates, defaults, randomSecret);
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
    return planInit({ ...common, registry, pinned, object });
  };
  if (options.dryRun) {
    const templates = templatesFor(own, hosting);
    const answered = await askValues(context, templates.release, inputs.values());
    const values = withStandInCertificate(templates.release, answered);
    const registry = expectedRegistry(credentials.aws);
    reportDryRun(context, planWith(templates, values, { registry, pinned: new Map() }));
    return ExitCode.done;
  }
  warnOfSudo(context);
  const steps = await import('../init/apply-init.ts');
  // Report all problems before the first prompt. Nothing has changed so far.
  await steps.mustHaveDocker(context, { engine: options.pull });
  await protectDockerConfig(context);
  const keys = steps.trustedKeys(credentials.trust);
  using session = await steps.openSession(context, credentials.aws).catch(inputs.rethrow);
  const { token, registry } = session;
  const found = await steps
    .findRelease(context, registry, { tag, namespace, keys })
    .catch(inputs.rethrow);
  const { object } = found;
  const templates = templatesFor(found.templates, hosting);
  const { release } = templates;
  // The values are those of the release that is installed, which may not be the one in the program.
  const given =
    object === undefined
      ? inputs.values()
      : await steps.loadValues(context, found.templates.release, wish, hosting);
  if (wantsOwnCertificate(release, given)) await mustHaveOpenssl(context);
  const look = { templates, place: installation, ignore: options.ignore };
  await using checks = steps.startChecks(context, 'init', look);
  const pinned = await found.resolve(wantedArtifacts(release, hosting, namespace));
  await checks.passed();
  const answered = await askValues(context, release, given);
  const values = await withOwnCertificate(context, release, answered);
  const name = object && { digest: object.digest, sequence: object.config.sequence };
  const source = { registry: token.registry, pinned, object: name };
  const computed = planWith(templates, values, source);
  // Something new, so it does not need a confirmation without a terminal.
  const approved = options.yes || !context.interactive;
  showPlan(context, planLines(computed.plan), approved);
  await agree(context, planData(computed.plan), approved);
  // From here on, the command changes the host.
  await steps.loginDocker(context, token);
  const kept = object === undefined ? new Map() : await steps.filesToKeep(context, object);
  await steps.applyInit(context, computed, registry, kept);
  await reportInit(context, computed);
  return ExitCode.done;
}
