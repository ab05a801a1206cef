import { join } from 'node:path';
import type { Context } from '../context.ts';
import { showPlan } from '../installation/show-plan.ts';
import { formatBytes, quoted } from '../lib/terminal/words.ts';
import { shown } from '../registry/load-credentials.ts';
import type { AppliedRestore } from './apply-restore.ts';
import type { GatheredRestore } from './gather-restore.ts';
import { describePart, manifestData, originLine } from './report-backup.ts';

export interface RestoreShow {
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Where the current state would be kept. */
  readonly aside: string;
}

/** Shows what the restore would replace, and its steps. */
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
    `Plan for ${folder}: restore ${shown(context, backup.path)} (verified)`,
    `  ${originLine(verified.manifest)}`,
    ...(customer === lock.customer
      ? []
      : [`  THE BACKUP IS FROM ANOTHER CUSTOMER: this installation belongs to ${lock.customer}`]),
    '',
    'Data',
    ...dataLines(gathered),
    '',
    'Files',
    ...fileLines(gathered),
    ...gathered.restored.notes.map((note) => `  ! ${note}`),
    '',
    'Steps',
    ...orderLines(gathered, aside).map((line, index) => `  ${index + 1}. ${line}`),
  ];
}

function dataLines({ parts, sizes, data }: GatheredRestore): string[] {
  if (parts.length === 0) return ['  = the backup contains no data; the current data is kept'];
  return parts.map((part) => {
    const volumes =
      part.kind === 'volume' ? [part.volume] : data.database.places.map(({ volume }) => volume);
    const before = volumes.reduce((sum, volume) => sum + (sizes.get(volume ?? '') ?? 0), 0);
    const there = volumes.some((volume) => sizes.has(volume ?? ''));
    const size = formatBytes(part.sourceBytes ?? part.bytes);
    const instead = there ? `replaces the current data (${formatBytes(before)})` : 'new';
    return `  ${there ? '~' : '+'} ${describePart(part)}, ${size}: ${instead}`;
  });
}

function fileLines({ restored, expected }: GatheredRestore): string[] {
  const lines = [...restored.files.keys()].map(
    (path) => `  ${expected.has(path) ? '~' : '+'} ${path}`,
  );
  return lines.length === 0 ? ['  = all files match the backup'] : lines;
}

function orderLines({ missing, running, sizes, parts }: GatheredRestore, aside: string): string[] {
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return [
    ...(missing.length > 0 ? [`pull ${missing.length} images`] : []),
    ...(running ? ['stop the running platform'] : []),
    ...(bytes > 0 && parts.length > 0
      ? [`keep the current state as ${aside} (up to ${formatBytes(bytes)})`]
      : []),
    ...(parts.length > 0 ? ['load the data next to the current data'] : []),
    'replace data and files together; the current files are kept in the history',
  ];
}

export function reportDryRestore(context: Context, gathered: GatheredRestore): void {
  context.reporter.line();
  context.reporter.line('This was a dry run: nothing was changed.');
  context.reporter.result({ dryRun: true, ...restoreData(gathered) });
}

/** Reports what was done, and how to start the platform. */
export function reportRestore(
  context: Context,
  gathered: GatheredRestore,
  { history, aside }: AppliedRestore,
): void {
  const { reporter } = context;
  const folder = shown(context, gathered.folder);
  const commands = [`cd ${quoted(join(folder, 'backend'))}`, 'docker compose up -d'];
  reporter.line(`Restored ${shown(context, gathered.backup.path)} into ${folder}.`);
  reporter.line(`  The previous files are state ${history} in \`proto-scaffold history\`.`);
  if (aside !== undefined) {
    reporter.line(
      `  The complete previous state, including data, is in ${aside}. You can restore it with \`proto-scaffold restore\`. Delete the file when you no longer need it.`,
    );
  }
  reporter.line('  The platform is not running yet.');
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

/** The plan as JSON. */
export function restoreData({
  folder,
  backup,
  verified,
  restored,
  sizes,
}: GatheredRestore): object {
  return {
    installation: folder,
    file: backup.path,
    backup: manifestData(verified.manifest),
    files: [...restored.files.keys()],
    notes: restored.notes,
    replacedBytes: Object.fromEntries(sizes),
  };
}
