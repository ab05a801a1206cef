import * as z from 'zod';

/** `.proto/backups.json`: the backups of an installation, newest last. */

export const backupsFile = '.proto/backups.json';

const Made = z.object({
  /** Absolute path at the time of the backup. */
  file: z.string(),
  /** RFC 3339, UTC: the time of the snapshot. */
  createdAt: z.string(),
  bytes: z.int().nonnegative(),
  /** Release of the template set: `2026.11.0`. */
  release: z.string(),
});
export type MadeBackupRecord = z.infer<typeof Made>;

const Record = z.object({ formatVersion: z.literal(1), backups: z.array(Made) });

const kept = 20;

/** Adds a backup to the record. An unreadable record is replaced, because it is only informational. */
export function addToRecord(text: string | undefined, made: MadeBackupRecord): string {
  const backups = [...readRecord(text), made].slice(-kept);
  return `${JSON.stringify({ formatVersion: 1, backups }, null, 2)}\n`;
}

export function readRecord(text: string | undefined): MadeBackupRecord[] {
  try {
    return Record.parse(JSON.parse(text ?? '')).backups;
  } catch {
    return [];
  }
}
