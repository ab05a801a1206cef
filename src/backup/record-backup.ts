import { join } from 'node:path';
import { readText } from '../lib/fs/files.ts';
import { replaceState } from '../transaction/own-state.ts';
import { addToRecord, backupsFile } from './record.ts';
import type { WrittenArchive } from './write-archive.ts';

/** Notes in the installation that a backup was made, for `status`. */
export async function recordBackup(
  folder: string,
  { bytes, manifest }: WrittenArchive,
  file: string,
): Promise<void> {
  const path = join(folder, backupsFile);
  const { createdAt, release } = manifest;
  const made = { file, createdAt, bytes, release: release.templates };
  await replaceState(path, addToRecord(await readText(path), made));
}
