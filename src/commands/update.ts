import { backupBeforeUpdate, takeBackup } from '../backup/before-update.ts';
import { requireKnownChecks, startChecks } from '../checks/run-checks.ts';
import { composeProject } from '../compose/compose-project.ts';
import { mustHaveData, mustOwn } from '../compose/ownership.ts';
import { pruneImages } from '../compose/prune-images.ts';
import { readSite, refuseUnset } from '../config/load-config.ts';
import type { Config } from '../config/parameters.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { refuseWithoutCertificate } from '../hybrid/hybrid.ts';
import { planData } from '../installation/plan.ts';
import type { Installation } from '../installation/read-installation.ts';
import { agree } from '../installation/show-plan.ts';
import { confirm } from '../lib/terminal/prompts.ts';
import type { OnConflict } from '../merge/result.ts';
import { noteCopy } from '../nginx/site-copy.ts';
import { openInstallation } from '../open/open-installation.ts';
import { startUpdated } from '../start/start-platform.ts';
import { mustKnowIfRunning, mustStayValid } from '../update/apply-change.ts';
import { applyUpdate } from '../update/apply-update.ts';
import { downloadSizes, gatherUpdate } from '../update/gather-update.ts';
import { keepObject, pruneObjects } from '../update/keep-object.ts';
import {
  configAfter,
  ownCompose,
  planUpdate,
  rejectConflicts,
  type UpdatePlan,
} from '../update/plan-update.ts';
import {
  printNothingNew,
  printUpdate,
  reportDryUpdate,
  reportNothingNew,
  reportUpdate,
  reportUpdateStarted,
  showDiff,
  showUpdate,
} from '../update/report-update.ts';

export interface UpdateOptions {
  readonly dir?: string;
  readonly credentials?: string;
  readonly release?: string;
  readonly dryRun: boolean;
  readonly diff: boolean;
  readonly exitCode: boolean;
  readonly onConflict: OnConflict;
  readonly yes: boolean;
  readonly offline: boolean;
  /** Change files only, for hosts without an engine. */
  readonly withoutEngine: boolean;
  readonly prune: boolean;
  /** Then start the platform and wait until it is healthy. */
  readonly start: boolean;
  /** Maximum time to wait for that, in seconds. */
  readonly wait: number;
  /** Checks to skip. */
  readonly ignore: readonly string[];
  /** Whether to back up the data first. By default, a prompt or the settings decide. */
  readonly backup?: boolean;
}

/** An update does not begin again without the data. */
const beginEmpty = false;

/**
 * Updates an installation to the current release in the registry, and keeps every edit. If that release needs others first, each is installed
 * as a whole, and the next one follows only with --start, and once the operator says so.
 */
export async function update(context: Context, options: UpdateOptions): Promise<number> {
  for (;;) {
    const code = await updateOnce(context, options);
    if (code !== undefined) return code;
  }
}

/** @returns the exit code; undefined if the next release shall follow */
async function updateOnce(context: Context, options: UpdateOptions): Promise<number | undefined> {
  const { dir, dryRun, onConflict, ignore, start, withoutEngine } = options;
  requireKnownChecks(ignore);
  rejectContradiction(options);

  // Gather.
  const open = { dir, command: 'proto-scaffold update', changes: !dryRun };
  await using installation = await openInstallation(context, open);
  using gathered = await gatherUpdate(context, installation, options);
  const { later } = gathered;
  const { templates } = gathered.input;
  // What `start` will meet is looked at before anything changes. Missing images are pulled.
  await using checks = startChecks(context, start ? ['update', 'start'] : 'update', {
    ...{ installation, templates, withoutEngine },
    ignore: [...ignore, 'images'],
  });
  const first = planUpdate(gathered.input);
  const asks = !first.nothingNew && !withoutEngine;
  const running = asks && (await mustKnowIfRunning(context, installation.folder));
  await checks.passed();

  // Compute.
  if (first.nothingNew) {
    // It was damaged, or not verified with the keys of today.
    if (gathered.object && !dryRun) await keepObject(context, installation.folder, gathered.object);
    return await finishNothingNew(context, options, installation, first);
  }
  await mustStayValid(context, installation.folder, ownCompose(gathered.input, first), options);
  if (start) await refuseIfStartWould(context, installation, configAfter(gathered.input, first));
  const wish = { ...options, ...(withoutEngine && { backup: false }) };
  const toBackUp = await backupBeforeUpdate(context, installation, templates.release, wish);
  const backup = toBackUp === undefined ? {} : { backup: toBackUp.file };
  const computed = planUpdate({ ...gathered.input, running, ...backup });
  const sizes = await downloadSizes(gathered, computed);

  // Show.
  showUpdate(context, computed, sizes, options, gathered);
  if (options.diff) showDiff(context, gathered.input, computed);
  if (onConflict === 'stop') rejectConflicts(computed);
  if (dryRun) {
    reportDryUpdate(context, computed, sizes, gathered);
    return options.exitCode ? ExitCode.decide : ExitCode.done;
  }

  // Confirm. From here on, the command changes the installation.
  await agree(context, planData(computed.plan), options.yes);

  // Apply.
  if (toBackUp !== undefined) await takeBackup(context, installation, toBackUp);
  const applied = await applyUpdate(context, installation, gathered, computed);
  const done = { ...applied, ...backup };
  if (options.prune) await pruneImages(context, installation.folder);
  // The update is complete, even if this fails.
  await pruneObjects(installation.folder).catch(() => undefined);

  // Report.
  await noteCopy(context, installation.folder);
  if (!options.start) {
    reportUpdate(context, computed, sizes, done, gathered);
    return ExitCode.done;
  }
  printUpdate(context, computed, done, true);
  const started = await startUpdated(
    context,
    installation.folder,
    { ...options, beginEmpty },
    done.history,
  );
  if (await goesOn(context, options, later)) return undefined;
  reportUpdateStarted(context, computed, sizes, done, started, gathered);
  return ExitCode.done;
}

/** Whether the next of several releases follows. --yes said so for all of them. */
async function goesOn(
  { signal }: Context,
  { yes }: UpdateOptions,
  [next]: readonly string[],
): Promise<boolean> {
  if (next === undefined || yes) return next !== undefined;
  return confirm(`The platform is running. Go on with release ${next}?`, signal, true);
}

/**
 * For --start: stops before anything changes if `start` would refuse the updated files.
 * @throws UserError VALUES_UNSET, CONFIG_UNREADABLE, CERTIFICATE_MISSING, DATA_GONE; as `mustOwn`
 */
async function refuseIfStartWould(
  context: Context,
  { folder }: Installation,
  config: Config,
): Promise<void> {
  const hint =
    'Set the listed values with `proto-scaffold config set KEY`. If they are new in this release, run the update without --start first. Nothing was changed.';
  refuseUnset({ config }, hint);
  await mustHaveData(folder, await mustOwn(context, await composeProject(folder)));
  await refuseWithoutCertificate(context, await readSite(context, folder));
}

/** @throws UserError USAGE for options that need the engine, with --without-engine */
function rejectContradiction(options: UpdateOptions): void {
  if (!options.withoutEngine) return;
  const { start, prune, backup = false } = options;
  const [name] = Object.entries({ start, prune, backup }).find(([, given]) => given) ?? [];
  if (name === undefined) return;
  throw new UserError(
    'USAGE',
    `--${name} needs the Docker Engine, so it cannot be combined with --without-engine.`,
  );
}

/** The registry has nothing newer. Runs the other requested actions. */
async function finishNothingNew(
  context: Context,
  options: UpdateOptions,
  { folder }: Installation,
  computed: UpdatePlan,
): Promise<number> {
  const { prune, start, dryRun } = options;
  if (prune && !dryRun) await pruneImages(context, folder);
  printNothingNew(context, computed);
  await noteCopy(context, folder);
  const started =
    start && !dryRun ? await startUpdated(context, folder, { ...options, beginEmpty }) : undefined;
  reportNothingNew(context, computed, started);
  return ExitCode.done;
}
