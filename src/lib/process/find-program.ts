import { delimiter, join } from 'node:path';
import { isExecutable } from '../fs/files.ts';

/**
 * Finds a program the way a shell does.
 * @param path the PATH; folders that do not exist are skipped
 */
export async function findProgram(
  name: string,
  path: string | undefined,
): Promise<string | undefined> {
  const files = (path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name));
  const executable = await Promise.all(files.map(isExecutable));
  return files.find((_, index) => executable[index]);
}
