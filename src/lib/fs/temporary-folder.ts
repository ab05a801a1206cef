import { mkdtemp, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { UserError } from '../../errors.ts';
import { fileSystemError } from './file-errors.ts';
import { writeNewFile } from './files.ts';
import { isOwn, wayTo } from './ownership.ts';
import { removeTree } from './remove-tree.ts';

/** The variables that name the folder for temporary files, as for `os.tmpdir()`. */
const variables = ['TMPDIR', 'TMP', 'TEMP'];

export interface TemporaryFolder {
  /** Absolute path without links. */
  readonly folder: string;
  /** Writes a file that only this user can read. */
  readonly put: (name: string, content: string) => Promise<void>;
}

/** For root: the first folder on the way to this one, or itself, whose entries another user can rename. */
export async function changeableAbove(folder: string): Promise<string | undefined> {
  if (!isOwn(0)) return undefined;
  const way = await wayTo(await realpath(folder).catch(() => folder));
  const bad = way.find(
    ({ uid, mode }) => uid !== 0 || ((mode & 0o022) !== 0 && (mode & 0o1000) === 0),
  );
  return bad?.path;
}

/**
 * Root must not work in a folder that another user can rename: nginx as root would then read that user's files.
 * @throws UserError TEMPORARY_FOLDER_UNUSABLE
 */
async function mustBeSafe(parent: string, named: string): Promise<void> {
  const changeable = await changeableAbove(parent);
  if (changeable === undefined) return;
  const message = `Root cannot use the folder for temporary files ${parent}${named} because another user can change ${changeable}.`;
  throw new UserError('TEMPORARY_FOLDER_UNUSABLE', message, {
    hint: 'Set TMPDIR to /tmp, or to a folder that belongs to root.',
  });
}

/**
 * Runs `use` with a temporary folder that only this user can access, and deletes it afterwards.
 * @throws UserError TEMPORARY_FOLDER_UNUSABLE if the folder for temporary files does not exist, is not writable or is full
 */
export async function withTemporaryFolder<T>(
  { env, cwd }: Pick<Context, 'env' | 'cwd'>,
  use: (temporary: TemporaryFolder) => Promise<T>,
): Promise<T> {
  const variable = variables.find((name) => env[name]);
  const parent = resolve(cwd, (variable && env[variable]) || '/tmp');
  const named = variable === undefined ? '' : `, which ${variable} names,`;
  const attempt = async <R>(write: () => Promise<R>): Promise<R> => {
    try {
      return await write();
    } catch (error) {
      const cause = fileSystemError(error, parent);
      const message = `The folder for temporary files ${parent}${named} cannot be used. ${cause.message}`;
      throw new UserError('TEMPORARY_FOLDER_UNUSABLE', message, { cause });
    }
  };
  await mustBeSafe(parent, named);
  const folder = await attempt(async () =>
    realpath(await mkdtemp(join(parent, 'proto-scaffold-'))),
  );
  try {
    const put = (path: string, content: string) =>
      attempt(() => writeNewFile(folder, { path, content, mode: 0o600 }));
    return await use({ folder, put });
  } finally {
    await removeTree(folder);
  }
}
