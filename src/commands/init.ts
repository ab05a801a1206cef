import { basename, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { mustBeTag } from '../core/credentials.ts';
import { expectedRegistry, wantedArtifacts } from '../core/installation.ts';
import { projectName } from '../core/layout.ts';
import { planInit, withRandoms } from '../core/plan-init.ts';
import { withDefaults } from '../core/values.ts';
import { ExitCode, UserError } from '../errors.ts';
import { followLink } from '../host/place.ts';
import { randomSecret, randomSuffix } from '../host/random.ts';
import { discardAbandoned } from '../host/staging-guard.ts';
import { applyInit } from '../steps/apply-init.ts';
import { askValues } from '../steps/ask-values.ts';
import { refuseOccupied } from '../steps/find-installation.ts';
import { loadInputs } from '../steps/load-inputs.ts';
import { loadTemplates } from '../steps/load-templates.ts';
import { protectValues } from '../steps/load-values.ts';
import { loginDocker, openSession } from '../steps/registry-session.ts';
import { reportDryRun, reportInit } from '../steps/report-init.ts';
import { resolveArtifacts } from '../steps/resolve-artifacts.ts';
import { agreeToPlan } from '../steps/show-plan.ts';

export interface InitOptions {
  readonly folder: string;
  readonly credentials: string;
  readonly values?: string;
  readonly url?: string;
  readonly release?: string;
  readonly dryRun: boolean;
  readonly pull: boolean;
  readonly yes: boolean;
}

/** Credentials in; a pinned, logged-in, stopped installation out. */
export async function init(context: Context, options: InitOptions): Promise<number> {
  if (options.release !== undefined) mustBeTag(options.release);
  const installation = await followLink(resolve(context.cwd, options.folder));
  if (!options.dryRun) await discardAbandoned(installation);
  await refuseOccupied(installation);
  const templates = await loadTemplates(context);
  const { credentials, values: given } = await loadInputs(
    context,
    templates.release,
    options.credentials,
    {
      ...(options.values === undefined ? {} : { file: options.values }),
      flags: options.url === undefined ? {} : { YOUR_URL: options.url },
    },
  );
  if (credentials.hosting !== 'on-premise') {
    const message = `The credentials are for ${credentials.hosting} hosting, which this version can not install yet.`;
    throw new UserError('HOSTING_NOT_SUPPORTED', message);
  }
  const answered = await askValues(context, templates.release, given);
  const values = withRandoms(templates, withDefaults(templates.release, answered), randomSecret);
  protectValues(context, values);
  const input = {
    installation,
    project: projectName(basename(installation), randomSuffix()),
    templates,
    credentials,
    tag: options.release ?? credentials.release,
    values,
    group: context.group,
    pull: options.pull,
  };
  if (options.dryRun) {
    const registry = expectedRegistry(credentials.aws);
    reportDryRun(context, planInit({ ...input, registry, pinned: new Map() }));
    return ExitCode.done;
  }
  await openSession(context, credentials.aws, async (session) => {
    const wanted = wantedArtifacts(templates.release, credentials.hosting, credentials.namespace);
    const { pinned, manifests } = await resolveArtifacts(
      context,
      session.registry,
      wanted,
      input.tag,
    );
    const computed = planInit({ ...input, registry: session.token.registry, pinned });
    await agreeToPlan(context, computed.plan, options.yes);
    await loginDocker(context, session.token);
    await applyInit(context, computed, session.registry, manifests);
    reportInit(context, computed);
  });
  return ExitCode.done;
}
