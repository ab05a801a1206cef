import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyAttributes } from '../lib/fs/attributes.ts';
import { makeFolder, readOwnText, writeNewFile } from '../lib/fs/files.ts';
import type { Owner } from '../lib/fs/ownership.ts';
import { type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import { listTree } from '../lib/fs/trees.ts';
import { baseFolder, lockFile } from '../release/layout.ts';
import { lockedFiles, type SavedState } from './history.ts';
import { stagedState, twin } from './state-paths.ts';

export interface StateToSave extends Omit<SavedState, 'formatVersion' | 'files' | 'absent'> {
  /** The operator's files that the change affects, in addition to all vendor files. */
  readonly touched: readonly string[];
  /** The merge base is replaced as a whole, and is moved to the state only then. */
  readonly baseMoves: boolean;
}

/**
 * Copies the current state of an installation into the staging folder: every file as it is
 * now, with mode and owner. Missing files are also missing in the state.
 * @throws UserError PATH_IN_THE_WAY, FILE_UNREADABLE, DISK_FULL
 */
export async function saveState(
  installation: string,
  { touched, baseMoves, ...about }: StateToSave,
  owner: Owner,
): Promise<void> {
  const ofVendor = await vendorFiles(installation);
  const paths = [...new Set([...ofVendor, ...touched])].sort();
  const files: SavedState['files'] = {};
  const absent: string[] = [];
  for (const path of paths) {
    const present = await readPresent(installation, path);
    if (present === undefined) {
      absent.push(path);
      continue;
    }
    await copyFile(installation, path, present, owner);
    files[path] = { mode: present.mode, sha256: present.sha256 };
  }
  // A change that fails puts these copies back.
  await copyAttributes(installation, join(installation, stagedState, 'files'), Object.keys(files));
  const ofProgram = baseMoves ? [] : ofVendor.map((path) => `${baseFolder}/${path}`);
  for (const path of [lockFile, ...ofProgram]) {
    const present = await readPresent(installation, path);
    if (present !== undefined) await copyFile(installation, path, present, owner);
  }
  const meta: SavedState = { formatVersion: 2, ...about, files, absent };
  await writeNewFile(
    installation,
    {
      path: `${stagedState}/meta.json`,
      content: `${JSON.stringify(meta, null, 2)}\n`,
      mode: 0o600,
    },
    owner,
  );
}

/** The rendered files that lock.json names. Another program's file next to the merge base is not one of them. */
async function vendorFiles(installation: string): Promise<readonly string[]> {
  const locked = lockedFiles((await readOwnText(join(installation, lockFile))) ?? '');
  return locked === undefined
    ? listTree(join(installation, baseFolder))
    : [...locked.keys()].sort();
}

/** Another program's files next to the merge base, such as an editor's. */
export async function foreignFiles(installation: string): Promise<readonly string[]> {
  const locked = lockedFiles((await readOwnText(join(installation, lockFile))) ?? '');
  if (locked === undefined) return [];
  const foreign: string[] = [];
  for (const path of await listTree(join(installation, baseFolder)).catch(() => [])) {
    if (locked.has(path)) continue;
    if ((await lstat(join(installation, baseFolder, path)).catch(() => undefined))?.isFile())
      foreign.push(path);
  }
  return foreign;
}

async function copyFile(
  installation: string,
  path: string,
  { bytes, mode, owner }: PresentFile,
  folderOwner: Owner,
): Promise<void> {
  const copy = twin(stagedState, path);
  await makeFolder(installation, dirname(copy), () => 0o700, folderOwner);
  await writeNewFile(installation, { path: copy, content: bytes, mode }, owner);
}
