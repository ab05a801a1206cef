import { join } from 'node:path';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { readOwnText } from '../lib/fs/files.ts';
import { pathBelow } from '../lib/fs/path-below.ts';
import { readPresent } from '../lib/fs/present-file.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { replaceState } from '../transaction/own-state.ts';

/** `.proto/rotation.json` exists while the database has a new password that is not in a file yet. */
const markerFile = '.proto/rotation.json';

const Marker = z.object({
  formatVersion: z.literal(1),
  name: z.string(),
  /** RFC 3339, UTC. */
  startedAt: z.string(),
  /** SHA-256 of the files with the new password, by path. When they are in place, the rotation is complete. */
  files: z.record(pathBelow, z.string()).default({}),
});

export async function setRotationMarker(
  folder: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const marker = { formatVersion: 1, name, startedAt: new Date().toISOString(), files };
  await replaceState(join(folder, markerFile), `${JSON.stringify(marker, null, 2)}\n`);
}

export async function removeRotationMarker(folder: string): Promise<void> {
  await removeTree(join(folder, markerFile));
}

/** @param files SHA-256 of their expected content, by path */
export async function areInPlace(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<boolean> {
  const all = Object.entries(files);
  for (const [path, sha256] of all) {
    const present = await readPresent(folder, path).catch(() => undefined);
    if (present?.sha256 !== sha256) return false;
  }
  return all.length > 0;
}

/**
 * Reports a rotation that was interrupted at that point, until it is repeated. A rotation whose files are in place
 * does not count.
 * @param held the installation is locked, so that the marker can be removed
 */
export async function tellOfUnfinishedRotation(
  { reporter }: Pick<Context, 'reporter'>,
  folder: string,
  held: boolean,
): Promise<void> {
  const text = await readOwnText(join(folder, markerFile));
  if (text === undefined) return;
  const marker = parse(text);
  if (marker && (await areInPlace(folder, marker.files))) {
    if (held) await removeRotationMarker(folder);
    return;
  }
  reporter.notice(
    `A rotation was interrupted, so the database may have a password that is not in any file. Run \`proto-scaffold config rotate ${marker?.name ?? 'KEY'}\` again. It does not need the old password.`,
  );
}

function parse(text: string): z.infer<typeof Marker> | undefined {
  try {
    return Marker.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
