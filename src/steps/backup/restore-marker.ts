import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { readText, removeTree, replaceFile } from '../../host/files.ts';

/** `.proto/restore.json` is there while new data takes the place of the old: what data lies there is not sure then. */
const markerFile = '.proto/restore.json';

interface Marker {
  readonly formatVersion: 1;
  /** The backup (absolute path), and where the state before it is kept, if there was data. */
  readonly file: string;
  readonly aside?: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

export async function setMarker(folder: string, about: Pick<Marker, 'file' | 'aside'>) {
  const marker: Marker = { formatVersion: 1, ...about, startedAt: new Date().toISOString() };
  await replaceFile(join(folder, markerFile), `${JSON.stringify(marker, null, 2)}\n`, 0o600);
}

export async function removeMarker(folder: string): Promise<void> {
  await removeTree(join(folder, markerFile));
}

/** Tells of a restore that was cut short, for as long as it was not made again. */
export async function tellOfUnfinishedRestore(
  { reporter }: Pick<Context, 'reporter'>,
  folder: string,
): Promise<void> {
  const text = await readText(join(folder, markerFile));
  if (text === undefined) return;
  reporter.notice(
    `A restore was cut short, so data and files may not belong together: ${words(text)}`,
  );
}

function words(text: string): string {
  try {
    const { file, aside, startedAt } = JSON.parse(text) as Marker;
    const before = aside === undefined ? '' : ` What was there before is in ${aside}.`;
    return `run \`proto-scaffold restore ${file}\` again (begun at ${startedAt}).${before}`;
  } catch {
    return 'run `proto-scaffold restore` again.';
  }
}
