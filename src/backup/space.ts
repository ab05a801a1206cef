import { dirname } from 'node:path';
import { UserError } from '../errors.ts';
import { freeSpace } from '../lib/fs/free-space.ts';
import { formatBytes } from '../lib/terminal/words.ts';

/** @param bytes that may be needed at most @throws UserError BACKUP_NO_SPACE with both numbers */
export async function mustHaveSpace(file: string, bytes: number, hint?: string): Promise<void> {
  const folder = dirname(file);
  const free = await freeSpace(folder);
  if (free >= bytes) return;
  const message = `${file} may need ${formatBytes(bytes)}, and ${formatBytes(free)} are free in ${folder}.`;
  throw new UserError('BACKUP_NO_SPACE', message, hint === undefined ? {} : { hint });
}
