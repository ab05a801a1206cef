import { join } from 'node:path';
import { readText } from '../lib/fs/files.ts';

/**
 * The operator's own Compose file. Compose reads either name (Compose specification, "Merge"; docker compose, `-f`).
 */
export async function readOverride(folder: string): Promise<string | undefined> {
  for (const ending of ['yml', 'yaml']) {
    const text = await readText(join(folder, `backend/docker-compose.override.${ending}`));
    if (text !== undefined) return text;
  }
  return undefined;
}
