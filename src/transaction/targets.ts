import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Fault, UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { lookAt, notAFolder, type PresentFile, readPresent } from '../lib/fs/present-file.ts';
import type { Step } from './journal.ts';
import { stateFolder } from './state-paths.ts';

export type FileStep = Extract<Step, { kind: 'write' | 'remove' }>;
/** A folder to be replaced; it goes, where nothing is staged for it. */
export interface FolderTarget {
  readonly path: string;
  readonly goes: boolean;
}

/**
 * Looks whether all that is to be replaced is what it was when the change was computed, and can be replaced by
 * a rename.
 * @returns the files to be replaced as they are now; those that are not there are absent
 * @throws UserError FILE_CHANGED_MEANWHILE, PATH_IN_THE_WAY, FOLDER_READ_ONLY, FILE_UNREADABLE
 */
export async function checkTargets(
  installation: string,
  files: readonly FileStep[],
  folders: readonly FolderTarget[],
): Promise<Map<string, PresentFile>> {
  const found = new Map<string, PresentFile>();
  const faults: Fault[] = [];
  for (const { path, before } of files) {
    const present = await readPresent(installation, path);
    if (present !== undefined) found.set(path, present);
    const message = difference(before, present);
    if (message !== undefined) faults.push({ file: path, message });
  }
  if (faults.length > 0) {
    throw new UserError('FILE_CHANGED_MEANWHILE', 'Files changed while the command was at work.', {
      faults,
    });
  }
  for (const { path } of folders) {
    const present = await lookAt(installation, path);
    if (present?.isDirectory() === false) throw notAFolder(join(installation, path));
  }
  for (const { path } of [...files, ...folders]) await checkPlace(installation, path);
  return found;
}

function difference(before: string | null, present: PresentFile | undefined): string | undefined {
  if (present === undefined) return before === null ? undefined : 'was removed';
  if (before === null) return 'was made';
  return present.sha256 === before ? undefined : 'was saved';
}

/** A rename needs the right to write where it goes, and one file system. */
async function checkPlace(installation: string, path: string): Promise<void> {
  const parent = await nearestFolder(installation, dirname(path));
  const at = join(installation, parent);
  try {
    await access(at, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileSystemError(error, at);
  }
  const [state, above, present] = await Promise.all(
    [stateFolder, parent, path].map((place) => lookAt(installation, place)),
  );
  for (const place of [above, present]) {
    if (place === undefined || place.dev === state?.dev) continue;
    throw new UserError('PATH_IN_THE_WAY', `${at} is on another disk than .proto.`, {
      hint: 'A change is made by renames, which can not cross disks: mount that disk on the whole installation or not at all.',
    });
  }
}

async function nearestFolder(installation: string, path: string): Promise<string> {
  const present = await lookAt(installation, path);
  if (present === undefined) return nearestFolder(installation, dirname(path));
  if (!present.isDirectory()) throw notAFolder(join(installation, path));
  return path;
}

/** The folders that are to be made before files can be put at these paths, the outer ones first. */
export async function missingFolders(
  installation: string,
  paths: readonly string[],
): Promise<string[]> {
  const missing = new Set<string>();
  for (const path of paths) {
    const parts = dirname(path).split('/');
    for (let length = 1; length <= parts.length; length++) {
      const folder = parts.slice(0, length).join('/');
      if ((await lookAt(installation, folder)) === undefined) missing.add(folder);
    }
  }
  return [...missing];
}
