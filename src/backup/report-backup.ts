import type { Context } from '../context.ts';
import { localTime } from '../lib/terminal/local-time.ts';
import { formatBytes, quoted } from '../lib/terminal/words.ts';
import { shown } from '../registry/load-credentials.ts';
import type { MadeBackup } from './make-backup.ts';
import type { BackupPart, Manifest } from './manifest.ts';

/** Reports what was backed up, and how to restore it. */
export function reportBackup(context: Context, made: MadeBackup, encrypted: boolean): void {
  const { reporter } = context;
  const { file, bytes, manifest } = made;
  reporter.line(`Created the backup ${shown(context, file)} (${formatBytes(bytes)}).`);
  for (const line of partLines(manifest)) reporter.line(`  ${line}`);
  reporter.line(
    encrypted
      ? '  Only the identity of the recipient can decrypt it. Store the identity on another host.'
      : '  It contains every secret of this installation in plain text. Protect it accordingly.',
  );
  reporter.line();
  const path = quoted(shown(context, file));
  const identity = encrypted ? ' --identity FILE' : '';
  const next = [
    `proto-scaffold backup --verify ${path}${identity}`,
    `proto-scaffold restore ${path}${identity}`,
  ];
  reporter.line('To verify it, and to restore it:');
  for (const command of next) reporter.line(`  ${command}`);
  reporter.result({ file, bytes, encrypted, ...manifestData(manifest), next });
}

export function reportVerified(
  context: Context,
  file: string,
  bytes: number,
  encrypted: boolean,
  manifest: Manifest,
): void {
  const { reporter } = context;
  reporter.line(`${shown(context, file)} is valid: every byte was verified.`);
  reporter.line(`  ${originLine(manifest)}`);
  for (const line of partLines(manifest)) reporter.line(`  ${line}`);
  reporter.result({ file, bytes, encrypted, verified: true, ...manifestData(manifest) });
}

/** `created 2026-11-23 09:04 (+08:00) of example-bank, release 2026.11.0 (stable), by proto-scaffold 0.1.0` */
export function originLine({ createdAt, customer, release, program }: Manifest): string {
  const time = new Date(createdAt);
  const when = localTime(time, -time.getTimezoneOffset());
  return `created ${when} from ${customer}, release ${release.templates} (${release.tag}), by proto-scaffold ${program}`;
}

const kinds: Record<BackupPart['kind'], string> = {
  files: 'configuration, secrets, lock file',
  roles: 'database roles',
  database: 'database',
  volume: 'volume',
};

export function describePart({ kind, service, volume }: BackupPart): string {
  if (kind === 'volume') return `${kinds.volume} ${volume} (${service})`;
  return kind === 'database' ? `${kinds.database} (${service})` : kinds[kind];
}

function partLines({ parts }: Manifest): string[] {
  const listed = parts.filter(({ kind }) => kind !== 'roles');
  const width = Math.max(...listed.map((part) => describePart(part).length));
  const lines = listed.map(
    (part) => `${describePart(part).padEnd(width)}  ${formatBytes(part.bytes)}`,
  );
  const hasData = listed.some(({ kind }) => kind !== 'files');
  return hasData
    ? lines
    : [...lines, 'no data, because the volumes of the platform do not exist or are empty'];
}

export function manifestData({ parts, ...header }: Manifest): object {
  const { formatVersion: _, ...about } = header;
  return { ...about, parts };
}
