import { dirname, join } from 'node:path';
import { makeFolder, renameDurably, sync, writeNewFile } from '../lib/fs/files.ts';
import { giveTo, ownerOf } from '../lib/fs/ownership.ts';
import { lookAt, type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { copyTree, hashTree, listTree } from '../lib/fs/trees.ts';
import { stateFolder } from '../release/layout.ts';
import type { Apply } from './journal.ts';
import { historyFolder, stagingFolder, stateOf } from './state-paths.ts';

/**
 * A file that was saved between a crash and the recovery. It is neither the old nor the new content,
 * so a copy is kept next to the saved state.
 */
export interface ConcurrentEdit {
  /** Both paths are below the installation. */
  readonly path: string;
  readonly keptAs: string;
}

/** Copies a file that is about to be replaced. Keeping the same bytes twice has no effect. */
export async function keepConcurrent(
  apply: Apply,
  path: string,
  present: PresentFile,
): Promise<void> {
  const { installation } = apply;
  const isSame = async (name: string) =>
    (await readPresent(installation, name))?.sha256 === present.sha256;
  await keepCopy(apply, path, isSame, async (copy) => {
    const file = { path: copy, content: present.bytes, mode: present.mode };
    await writeNewFile(installation, file);
    await giveTo(join(installation, copy), present.owner);
  });
}

/** The same for a folder with concurrent changes. */
export async function keepConcurrentFolder(apply: Apply, path: string): Promise<void> {
  const from = join(apply.installation, path);
  const hash = await hashTree(from);
  const isSame = async (name: string) => (await hashTree(join(apply.installation, name))) === hash;
  await keepCopy(apply, path, isSame, async (copy) => {
    await makeFolder(apply.installation, copy, () => 0o700);
    await copyTree(from, join(apply.installation, copy));
  });
}

/** Moves a folder that was created again at a path that is about to be replaced. */
export async function moveConcurrent(apply: Apply, path: string): Promise<void> {
  const kept = await freeName(apply, path, async () => false);
  if (kept !== undefined) await moveBelow(apply.installation, path, kept);
}

async function keepCopy(
  apply: Apply,
  path: string,
  isSame: (name: string) => Promise<boolean>,
  make: (copy: string) => Promise<void>,
): Promise<void> {
  const kept = await freeName(apply, path, isSame);
  if (kept === undefined) return;
  const copy = `${stagingFolder}/late`;
  // Left by a process that was killed halfway.
  await removeTree(join(apply.installation, copy));
  await make(copy);
  await moveBelow(apply.installation, copy, kept);
}

/** Everything that was kept from an apply. */
export async function concurrentEditsOf(
  installation: string,
  history: number,
): Promise<ConcurrentEdit[]> {
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

/** Where kept copies stay if the apply was rolled back and its state is not kept. */
export async function keepConcurrentAlone({ installation, journal }: Apply): Promise<void> {
  const from = lateFolder(journal.history);
  if ((await lookAt(installation, from)) === undefined) return;
  await moveBelow(installation, from, lateAlone(journal.history));
}

/** Renames durably below the installation, and creates the folders that the new name needs. */
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

/** `undefined` if the same content is already kept. */
async function freeName(
  { installation, journal }: Apply,
  path: string,
  isSame: (name: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (let count = 1; ; count++) {
    const name = `${lateFolder(journal.history)}/${path}${count === 1 ? '' : `.${count}`}`;
    if ((await lookAt(installation, name)) === undefined) return name;
    if (await isSame(name)) return undefined;
  }
}
