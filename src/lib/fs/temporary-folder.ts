import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { UserError } from '../../errors.ts';
import { fileSystemError } from './file-errors.ts';

/** The variables that name the folder for temporary files, as for `os.tmpdir()`. */
const variables = ['TMPDIR', 'TMP', 'TEMP'];

/**
 * Runs `use` with a temporary folder that only this user can access, and deletes it afterwards.
 * @param use gets its absolute path without links
 * @throws UserError TEMPORARY_FOLDER_UNUSABLE if the folder for temporary files does not exist, is not writable or is full
 */
export async function withTemporaryFolder<T>(
  { env, cwd }: Pick<Context, 'env' | 'cwd'>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const variable = variables.find((name) => env[name]);
  const parent = resolve(cwd, (variable && env[variable]) || '/tmp');
  const folder = await createIn(parent, variable);
  try {
    return await use(folder);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'DISK_FULL') throw error;
    throw unusable(parent, variable, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function createIn(parent: string, variable: string | undefined): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(parent, 'proto-scaffold-')));
  } catch (error) {
    throw unusable(parent, variable, fileSystemError(error, parent));
  }
}

function unusable(parent: string, variable: string | undefined, cause: UserError): UserError {
  const named = variable === undefined ? '' : `, which ${variable} names,`;
  const message = `The folder for temporary files ${parent}${named} cannot be used. ${cause.message}`;
  return new UserError('TEMPORARY_FOLDER_UNUSABLE', message, { cause });
}
