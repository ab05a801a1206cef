import { z } from 'zod';

/** `.proto/backups.json`: what `backup` has made, the oldest first. */
const BackupRecord = z.object({
  formatVersion: z.literal(1),
  backups: z.array(
    z.object({
      /** Absolute path. */
      file: z.string(),
      /** RFC 3339, UTC. */
      createdAt: z.string(),
      bytes: z.number(),
      release: z.string(),
    }),
  ),
});
export type RecordedBackup = z.infer<typeof BackupRecord>['backups'][number];

export const backupsFile = '.proto/backups.json';

/** None where there is no record, or none that this program can read: it only informs. */
export function parseBackups(text: string | undefined): readonly RecordedBackup[] {
  try {
    return BackupRecord.parse(JSON.parse(text ?? '')).backups;
  } catch {
    return [];
  }
}
