import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { searchPath } from './child-environment.ts';

/**
 * Finds a program where `run` would find it.
 * @param path the PATH; folders that do not exist are skipped
 */
export async function findProgram(
  name: string,
  path: string | undefined,
): Promise<string | undefined> {
  const files = searchPath(path).map((folder) => join(folder, name));
  const executable = await Promise.all(files.map(isExecutable));
  return files.find((_, index) => executable[index]);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
