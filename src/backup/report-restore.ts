import { join } from 'node:path';
import type { Context } from '../context.ts';
import { showPlan } from '../installation/show-plan.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import { quoted, shown } from '../registry/load-credentials.ts';
import type { AppliedRestore } from './apply-restore.ts';
import type { GatheredRestore } from './gather-restore.ts';
import { manifestData, originLine, partWords } from './report-backup.ts';

export interface RestoreShow {
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Where the present state would be kept. */
  readonly aside: string;
}

/** What the restore would replace, and in which order. */
export function showRestore(
  context: Context,
  gathered: GatheredRestore,
  { dryRun, yes, aside }: RestoreShow,
): void {
  const lines = planLines(context, gathered, aside);
  if (dryRun) for (const line of lines) context.reporter.line(line);
  else showPlan(context, lines, yes);
}

function planLines(context: Context, gathered: GatheredRestore, aside: string): string[] {
  const { folder, backup, verified, lock } = gathered;
  const { customer } = verified.manifest;
  return [
    `Plan for ${folder}: restore ${shown(context, backup.path)}, which is whole`,
    `  ${originLine(verified.manifest)}`,
    ...(customer === lock.customer
      ? []
      : [`  IT IS OF ANOTHER CUSTOMER: this installation is ${lock.customer}'s`]),
    '',
    'Data',
    ...dataLines(gathered),
    '',
    'Files',
    ...fileLines(gathered),
    ...gathered.restored.notes.map((note) => `  ! ${note}`),
    '',
    'In this order',
    ...orderLines(gathered, aside).map((line, index) => `  ${index + 1}. ${line}`),
  ];
}

function dataLines({ parts, sizes, data }: GatheredRestore): string[] {
  if (parts.length === 0) return ['  = the backup has no data; what is here stays'];
  return parts.map((part) => {
    const volumes =
      part.kind === 'volume' ? [part.volume] : data.database.places.map(({ volume }) => volume);
    const before = volumes.reduce((sum, volume) => sum + (sizes.get(volume ?? '') ?? 0), 0);
    const there = volumes.some((volume) => sizes.has(volume ?? ''));
    const size = formatBytes(part.sourceBytes ?? part.bytes);
    const instead = there ? `replaces what is here (${formatBytes(before)})` : 'is new here';
    return `  ${there ? '~' : '+'} ${partWords(part)}, ${size}: ${instead}`;
  });
}

function fileLines({ restored, expected }: GatheredRestore): string[] {
  const lines = [...restored.files.keys()].map(
    (path) => `  ${expected.has(path) ? '~' : '+'} ${path}`,
  );
  return lines.length === 0 ? ['  = all as they are in the backup'] : lines;
}

function orderLines({ missing, running, sizes, parts }: GatheredRestore, aside: string): string[] {
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return [
    ...(missing.length > 0 ? [`pull ${missing.length} images`] : []),
    ...(running ? ['take the running platform down'] : []),
    ...(bytes > 0 && parts.length > 0
      ? [`keep what is here now as ${aside} (up to ${formatBytes(bytes)})`]
      : []),
    ...(parts.length > 0 ? ['load the data beside what is here'] : []),
    'put data and files in place, together; the files of now stay in history',
  ];
}

export function reportDryRestore(context: Context, gathered: GatheredRestore): void {
  context.reporter.line();
  context.reporter.line('This was a dry run: nothing was changed.');
  context.reporter.result({ dryRun: true, ...restoreData(gathered) });
}

/** What was done, and how to start. */
export function reportRestore(
  context: Context,
  gathered: GatheredRestore,
  { history, aside }: AppliedRestore,
): void {
  const { reporter } = context;
  const folder = shown(context, gathered.folder);
  const commands = [`cd ${quoted(join(folder, 'backend'))}`, 'docker compose up -d'];
  reporter.line(`Restored ${shown(context, gathered.backup.path)} into ${folder}.`);
  reporter.line(`  The files before are state ${history} in \`proto-scaffold history\`.`);
  if (aside !== undefined) {
    reporter.line(
      `  All that was here before, data too, is in ${aside}; \`proto-scaffold restore\` takes that as well. Remove it when you are sure.`,
    );
  }
  reporter.line('  The platform is not started.');
  reporter.line();
  reporter.line('Next: start the platform:');
  for (const command of commands) reporter.line(`  ${command}`);
  reporter.result({
    history,
    ...(aside !== undefined && { aside }),
    wasRunning: gathered.running,
    ...restoreData(gathered),
    next: commands,
  });
}

function restoreData({ folder, backup, verified, restored, sizes }: GatheredRestore): object {
  return {
    installation: folder,
    file: backup.path,
    backup: manifestData(verified.manifest),
    files: [...restored.files.keys()],
    notes: restored.notes,
    replacedBytes: Object.fromEntries(sizes),
  };
}
