import { join } from 'node:path';
import { withNote } from '../compose/merge-file.ts';
import type { Context } from '../context.ts';
import { planData } from '../installation/plan.ts';
import { showPlan } from '../installation/show-plan.ts';
import { secretMask } from '../merge/mask-secrets.ts';
import type { OnConflict } from '../merge/result.ts';
import { colourDiff, unifiedDiff } from '../merge/unified-diff.ts';
import { shown } from '../registry/load-credentials.ts';
import type { StartedPlatform } from '../start/report-started.ts';
import { printNextSteps, startedData } from '../start/report-started.ts';
import { secretTexts } from '../values/secret-texts.ts';
import type { AppliedChange } from './apply-change.ts';
import type { UpdateInput, UpdatePlan } from './plan-update.ts';
import { type Beside, dotted, updateLines } from './update-lines.ts';

/** Shows the plan for confirmation or, with --dry-run, as the result. */
export function showUpdate(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  { onConflict, dryRun, yes }: { onConflict: OnConflict; dryRun: boolean; yes: boolean },
  beside: Beside,
): void {
  const lines = updateLines(computed, sizes, onConflict, beside);
  if (dryRun) for (const line of lines) context.reporter.line(line);
  else showPlan(context, lines, yes);
}

/** Shows unified diffs of all changed files, with secrets masked. */
export function showDiff(context: Context, input: UpdateInput, computed: UpdatePlan): void {
  const after = new Map(
    computed.outcomes.flatMap(({ path, text }) =>
      text === undefined ? [] : [[path, text] as const],
    ),
  );
  const mask = secretMask([
    ...secretTexts(input.templates, input.current),
    ...secretTexts(input.templates, after),
  ]);
  for (const { path, kind, text } of computed.outcomes) {
    const next = kind === 'delete' ? '' : text;
    if (next === undefined) continue;
    const diff = unifiedDiff(input.current.get(path) ?? '', next, { path, mask });
    if (context.colour) context.reporter.painted(colourDiff(diff).trimEnd());
    else for (const line of diff.trimEnd().split('\n')) context.reporter.exact(line);
  }
}

export function printNothingNew(context: Context, { plan, lock }: UpdatePlan): void {
  context.reporter.line(
    `Already up to date: ${shown(context, plan.installation)} has release ${lock.release.version} (${lock.release.tag}).`,
  );
}

export function reportNothingNew(
  { reporter }: Context,
  { lock }: UpdatePlan,
  started?: StartedPlatform,
): void {
  const data = started === undefined ? {} : { started: startedData(started) };
  reporter.result({ changed: false, release: lock.release, ...data });
}

export function reportDryUpdate(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  beside: Beside,
): void {
  context.reporter.line();
  context.reporter.line('This was a dry run: nothing was changed.');
  context.reporter.result({ dryRun: true, ...updateData(computed, sizes), ...besideData(beside) });
}

/** What is left of an update that needs several releases, and the release notes. */
function besideData({ later = [], notes = '' }: Beside): object {
  return { ...(later.length > 0 && { later }), ...(notes !== '' && { notes }) };
}

/** Says how to reach the wanted release. */
function printLater({ reporter }: Context, { later: [next] = [] }: Beside, when: string): void {
  if (next === undefined) return;
  reporter.line(`${when}, go on with release ${next}: proto-scaffold update`);
}

/** The result of an update. */
export interface AppliedUpdate extends AppliedChange {
  /** The backup that was created first. */
  readonly backup?: string;
}

/** Reports what was done, and how to start the platform. */
export function reportUpdate(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  done: AppliedUpdate,
  beside: Beside,
): void {
  printUpdate(context, computed, done, false);
  const next = printNextSteps(context, computed.plan);
  printLater(context, beside, 'Once it is running');
  context.reporter.result({ ...doneData(computed, sizes, done), next, ...besideData(beside) });
}

/** Reports an update with --start. The changes were already printed. */
export function reportUpdateStarted(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  done: AppliedUpdate,
  started: StartedPlatform,
  beside: Beside,
): void {
  printLater(context, beside, 'When you are ready');
  const data = { ...doneData(computed, sizes, done), started: startedData(started) };
  context.reporter.result({ ...data, ...besideData(beside) });
}

/** Prints what was done. @param starts the platform will be started next */
export function printUpdate(
  context: Context,
  { plan, lock, newlyMandatory, conflicts }: UpdatePlan,
  { history, wasRunning, backup }: AppliedUpdate,
  starts: boolean,
): void {
  const { reporter } = context;
  const folder = shown(context, plan.installation);
  reporter.line(`Updated ${folder} to release ${lock.release.version} (${lock.release.tag}).`);
  reporter.line(
    `  The previous state is number ${history} in \`proto-scaffold history\`. To return to it: \`proto-scaffold rollback\``,
  );
  if (backup !== undefined) {
    reporter.line(
      `  The previous data is in ${backup}. To restore it after a rollback: \`proto-scaffold restore\``,
    );
  }
  for (const { file, change } of conflicts) {
    const place = change.line === undefined ? file : `${file}:${change.line}`;
    reporter.line(`  You and the release both changed ${place} ${dotted(change.path)}. Review it.`);
  }
  const stopped = starts ? '' : ' and is not started yet';
  if (wasRunning) reporter.line(`  The platform was stopped${stopped}.`);
  else if (!starts) reporter.line('  The platform is not running yet.');
  reporter.line();
  if (newlyMandatory.length > 0) {
    reporter.line('SET THESE VALUES FIRST. The release requires them:');
    for (const { file, line, key, about } of newlyMandatory) {
      reporter.line(`  ${join(folder, file)}:${line}  ${key}  ${about}`);
    }
    reporter.line();
  }
}

function doneData(
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  { history, wasRunning, backup }: AppliedUpdate,
): object {
  return {
    changed: true,
    history,
    wasRunning,
    ...(backup !== undefined && { backup }),
    ...updateData(computed, sizes),
  };
}

function updateData(computed: UpdatePlan, sizes: ReadonlyMap<string, number>): object {
  const { plan, lock, artifacts, outcomes, services, newlyMandatory, conflicts } = computed;
  return {
    plan: planData(plan),
    release: lock.release,
    artifacts: artifacts.map((artifact) => {
      const size = artifact.after === undefined ? undefined : sizes.get(artifact.after.digest);
      return { ...artifact, ...(size !== undefined && { downloadBytes: size }) };
    }),
    files: outcomes.map(({ path, kind, changes, note }) => ({
      path,
      kind,
      changes,
      ...(note !== undefined && { note: withNote(path, note) }),
    })),
    services,
    conflicts: conflicts.map(({ file, change }) => ({ file, ...change })),
    newlyMandatory: newlyMandatory.map(({ file, line, key, placeholder }) => ({
      file,
      line,
      key,
      placeholder,
    })),
  };
}
