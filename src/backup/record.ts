import * as z from 'zod';

/** `.proto/backups.json`: the backups that were made of an installation, the newest last. */

export const backupsFile = '.proto/backups.json';

const Made = z.object({
  /** Absolute path, as it was when it was made. */
  file: z.string(),
  /** RFC 3339, UTC: the moment that it shows. */
  createdAt: z.string(),
  bytes: z.int().nonnegative(),
  /** Of the template set: `2026.11.0`. */
  release: z.string(),
});
export type MadeBackupRecord = z.infer<typeof Made>;

const Record = z.object({ formatVersion: z.literal(1), backups: z.array(Made) });

const kept = 20;

/** The record with one more. A record that can not be read is begun anew: it is no more than a help. */
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
