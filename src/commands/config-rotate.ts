import { applyConfig } from '../config/change-config.ts';
import { loadConfig, protectConfig } from '../config/load-config.ts';
import type { PlanConfigInput } from '../config/parameters.ts';
import type { ConfigPlan } from '../config/plan-config.ts';
import { reportConfig, reportDryConfig, showConfigPlan } from '../config/report-config.ts';
import { gatherPasswordKeeper, withNewPassword } from '../config/rotate-password.ts';
import { planRotate, type RotatedSecret, requireRotated } from '../config/rotation.ts';
import type { Context } from '../context.ts';
import type { PlatformData } from '../data/gather-data.ts';
import { ExitCode, UserError } from '../errors.ts';
import { planData } from '../installation/plan.ts';
import type { Installation } from '../installation/read-installation.ts';
import { agree } from '../installation/show-plan.ts';
import { randomSecret } from '../lib/fs/random.ts';
import { openInstallation } from '../open/open-installation.ts';

export interface ConfigRotateOptions {
  /** A key, or the name of a file in backend/secrets/. */
  readonly key: string;
  readonly dir?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Generates a new value for a generated secret, in all files that use it and in the database. */
export async function configRotate(
  context: Context,
  options: ConfigRotateOptions,
): Promise<number> {
  const { key, dir, dryRun, yes } = options;
  const open = { dir, command: 'proto-scaffold config rotate', changes: !dryRun };
  await using installation = await openInstallation(context, open);
  const { reporter } = context;
  const { input, config } = await loadConfig(context, installation);
  protectConfig(context, config);
  const secret = requireRotated(input, config, key);
  const value = randomSecret();
  reporter.protect(value);
  const data = await databaseWithSecret(context, installation, input, secret);
  const computed = withAction(planRotate(input, secret, value), data);
  if (computed.plan.files.length === 0) {
    throw new UserError('CONFIG_VALUE_UNSET', `${secret.name} was removed from every file.`);
  }
  showConfigPlan(context, computed, { dryRun, approved: yes });
  reporter.notice(secret.description.rotation?.means ?? secret.description.about);
  if (dryRun) {
    reportDryConfig(context, computed);
    return ExitCode.done;
  }
  await agree(context, planData(computed.plan), yes);
  const history =
    data === undefined
      ? await applyConfig(context, installation, computed)
      : await withNewPassword(
          context,
          installation,
          data,
          { name: secret.name, value },
          (outside) => applyConfig(context, installation, computed, outside),
        );
  reportConfig(context, computed, history);
  return ExitCode.done;
}

/**
 * The database that stores the secret and must be updated, if there is one.
 * @throws UserError CONFIG_SECOND_HOME if the secret is in a file and the release does not describe how to change it
 */
async function databaseWithSecret(
  context: Context,
  installation: Installation,
  { templates: { release } }: PlanConfigInput,
  { name, description, files }: RotatedSecret,
): Promise<PlatformData | undefined> {
  if (description.rotation?.kept_by === 'database') {
    return gatherPasswordKeeper(context, installation, release);
  }
  const [file] = files;
  if (file === undefined) return undefined;
  throw new UserError(
    'CONFIG_SECOND_HOME',
    `${name} is also in ${file}, and the release does not describe how to update its reader.`,
    { hint: 'Ask the vendor how to change it. Nothing was changed.' },
  );
}

function withAction(computed: ConfigPlan, data: PlatformData | undefined): ConfigPlan {
  if (data === undefined) return computed;
  const { owner: user, service } = data.database;
  const actions = [{ kind: 'set-password', user, service } as const];
  return { ...computed, plan: { ...computed.plan, actions } };
}
