import { join } from 'node:path';
import type { Context } from '../context.ts';
import { colourDiff } from '../core/merge/colour-diff.ts';
import { maskSecrets } from '../core/merge/mask-secrets.ts';
import type { OnConflict } from '../core/merge/result.ts';
import { unifiedDiff } from '../core/merge/unified-diff.ts';
import { planData } from '../core/plan.ts';
import type { UpdateInput, UpdatePlan } from '../core/plan-update.ts';
import { secretTexts } from '../core/secret-texts.ts';
import { updateLines } from '../core/update-lines.ts';
import { quoted, shown } from './load-credentials.ts';
import { showPlan } from './show-plan.ts';

/** The plan: on the way to be agreed to, or with --dry-run the result itself. */
export function showUpdate(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  { onConflict, dryRun, yes }: { onConflict: OnConflict; dryRun: boolean; yes: boolean },
): void {
  const lines = updateLines(computed, sizes, onConflict);
  if (dryRun) for (const line of lines) context.reporter.line(line);
  else showPlan(context, lines, yes);
}

/** Unified diffs of all files that change, no secret readable in them. */
export function showDiff(context: Context, input: UpdateInput, computed: UpdatePlan): void {
  const after = new Map(
    computed.outcomes.flatMap(({ path, text }) =>
      text === undefined ? [] : [[path, text] as const],
    ),
  );
  const secrets = [
    ...secretTexts(input.templates, input.current),
    ...secretTexts(input.templates, after),
  ];
  for (const { path, kind, text } of computed.outcomes) {
    const next = kind === 'delete' ? '' : text;
    if (next === undefined) continue;
    const mask = (line: string) => maskSecrets(line, secrets);
    const diff = unifiedDiff(input.current.get(path) ?? '', next, { path, mask });
    if (context.colour) context.reporter.painted(colourDiff(diff).trimEnd());
    else context.reporter.exact(diff.trimEnd());
  }
}

export function reportNothingNew(context: Context, { plan, lock }: UpdatePlan): void {
  const { reporter } = context;
  reporter.line(
    `Nothing new: ${shown(context, plan.installation)} has release ${lock.release.templates} (${lock.release.tag}).`,
  );
  reporter.result({ changed: false, release: lock.release });
}

export function reportDryUpdate(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
): void {
  context.reporter.line();
  context.reporter.line('This was a dry run: nothing was changed.');
  context.reporter.result({ dryRun: true, ...updateData(computed, sizes) });
}

/** What was done, and how to start again. */
export function reportUpdate(
  context: Context,
  computed: UpdatePlan,
  sizes: ReadonlyMap<string, number>,
  { history, wasRunning, backup }: { history: number; wasRunning: boolean; backup?: string },
): void {
  const { reporter } = context;
  const { plan, lock, newlyMandatory, conflicts } = computed;
  const folder = shown(context, plan.installation);
  const commands = [`cd ${quoted(join(folder, 'backend'))}`, 'docker compose up -d'];
  reporter.line(`Updated ${folder} to release ${lock.release.templates} (${lock.release.tag}).`);
  reporter.line(
    `  The state before is number ${history} in \`proto-scaffold history\`; \`proto-scaffold rollback\` goes back to it.`,
  );
  if (backup !== undefined) {
    reporter.line(
      `  The data before is in ${backup}; after a rollback, \`proto-scaffold restore\` brings it back.`,
    );
  }
  for (const { file, change } of conflicts) {
    const place = change.line === undefined ? file : `${file}:${change.line}`;
    reporter.line(
      `  You and the release both changed ${place} ${change.path.join('.')}; look at it.`,
    );
  }
  reporter.line(
    wasRunning
      ? '  The platform was taken down, and is not started.'
      : '  The platform is not started.',
  );
  reporter.line();
  if (newlyMandatory.length > 0) {
    reporter.line('SET THESE FIRST; the release needs them:');
    for (const { file, line, key, about } of newlyMandatory) {
      reporter.line(`  ${join(folder, file)}:${line}  ${key}  ${about}`);
    }
    reporter.line();
  }
  reporter.line('Next: start the platform:');
  for (const command of commands) reporter.line(`  ${command}`);
  reporter.result({
    changed: true,
    history,
    wasRunning,
    ...(backup !== undefined && { backup }),
    ...updateData(computed, sizes),
    next: commands,
  });
}

function updateData(computed: UpdatePlan, sizes: ReadonlyMap<string, number>): object {
  const { plan, lock, artifacts, outcomes, newlyMandatory, conflicts } = computed;
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
      ...(note !== undefined && { note: `${path}${note}` }),
    })),
    conflicts: conflicts.map(({ file, change }) => ({ file, ...change })),
    newlyMandatory: newlyMandatory.map(({ file, line, key, placeholder }) => ({
      file,
      line,
      key,
      placeholder,
    })),
  };
}
