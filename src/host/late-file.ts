import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listTree, makeFolder, renameDurably, sync, writeNewFile } from './files.ts';
import type { Apply } from './journal.ts';
import { giveTo, ownerOf } from './ownership.ts';
import { lookAt, type PresentFile, readPresent } from './present-file.ts';
import { historyFolder, stagingFolder, stateFolder, stateOf } from './state-paths.ts';

/**
 * What somebody saved between a crash and the recovery from it. It is neither what was to be replaced nor
 * what replaces it, so it is kept beside the state that is kept.
 */
export interface LateFile {
  /** Both below the installation. */
  readonly path: string;
  readonly keptAs: string;
}

/** Copies a file that is about to be replaced. To keep the same bytes twice changes nothing. */
export async function keepLate(apply: Apply, path: string, present: PresentFile): Promise<void> {
  const kept = await freeName(apply, path, present);
  if (kept === undefined) return;
  const copy = `${stagingFolder}/late`;
  await rm(join(apply.installation, copy), { force: true });
  await writeNewFile(apply.installation, {
    path: copy,
    content: present.bytes,
    mode: present.mode,
  });
  await giveTo(join(apply.installation, copy), present.owner);
  await moveBelow(apply.installation, copy, kept);
}

/** Moves a folder that was made anew where one is about to be put. */
export async function moveLate(apply: Apply, path: string): Promise<void> {
  const kept = await freeName(apply, path, undefined);
  if (kept !== undefined) await moveBelow(apply.installation, path, kept);
}

/** All that was kept of an apply. */
export async function lateFiles(installation: string, history: number): Promise<LateFile[]> {
  const roots = [lateFolder(history), lateAlone(history)];
  const found = await Promise.all(
    roots.map(async (root) =>
      (await listTree(join(installation, root))).map((path) => ({
        path,
        keptAs: `${root}/${path}`,
      })),
    ),
  );
  return found.flat();
}

/** Where what was kept stays when the state beside it is not, because the apply was taken back. */
export async function keepLateAlone({ installation, journal }: Apply): Promise<void> {
  const from = lateFolder(journal.history);
  if ((await lookAt(installation, from)) === undefined) return;
  await moveBelow(installation, from, lateAlone(journal.history));
}

/** Renames for good below the installation, and makes the folders that the new name needs. */
export async function moveBelow(installation: string, from: string, to: string): Promise<void> {
  const owner = await ownerOf(join(installation, stateFolder));
  await makeFolder(installation, dirname(to), () => 0o700, owner);
  await renameDurably(join(installation, from), join(installation, to));
  await sync(join(installation, dirname(from)));
}

function lateFolder(history: number): string {
  return `${stateOf(history)}/late`;
}

function lateAlone(history: number): string {
  return `${historyFolder}/late-${history}`;
}

/** `undefined` where these bytes are kept already. */
async function freeName(
  { installation, journal }: Apply,
  path: string,
  present: PresentFile | undefined,
): Promise<string | undefined> {
  for (let count = 1; ; count++) {
    const name = `${lateFolder(journal.history)}/${path}${count === 1 ? '' : `.${count}`}`;
    if ((await lookAt(installation, name)) === undefined) return name;
    if (present === undefined) continue;
    if ((await readPresent(installation, name))?.sha256 === present.sha256) return undefined;
  }
}
