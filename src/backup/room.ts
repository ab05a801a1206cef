import type { DataPlace } from '../compose/compose-config.ts';
import type { Context } from '../context.ts';
import { execIn } from '../data/docker-data.ts';
import { tryDocker } from '../data/docker-step.ts';
import { type Held, keptAt } from '../data/keeper.ts';
import { UserError } from '../errors.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import type { BackupPart } from './manifest.ts';

/** New data is loaded beside the old. @throws UserError BACKUP_NO_SPACE where the volumes' disk has no room for both */
export async function mustHaveRoom(
  context: Context,
  { container }: Held,
  parts: readonly BackupPart[],
  places: readonly DataPlace[],
): Promise<void> {
  const needed = parts.reduce((sum, { sourceBytes, bytes }) => sum + (sourceBytes ?? bytes), 0);
  for (const { volume } of places) {
    // POSIX: the fourth field of the second line is what is available, in kilobytes.
    const df = execIn(container, ['df', '-Pk', keptAt(volume)]);
    const { stdout } = await tryDocker(context, df);
    const kilobytes = Number(stdout.split('\n')[1]?.split(/\s+/)[3]);
    if (!Number.isFinite(kilobytes) || kilobytes * 1024 >= needed) continue;
    const message = `The data takes ${formatBytes(needed)}, and ${formatBytes(kilobytes * 1024)} are free where Docker has the volume ${volume}.`;
    throw new UserError('BACKUP_NO_SPACE', message, {
      hint: 'New data is loaded beside the old: free some space there. Nothing was changed.',
    });
  }
}
