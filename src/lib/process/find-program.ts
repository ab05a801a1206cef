import { delimiter, join } from 'node:path';
import { isExecutable } from '../fs/files.ts';

/**
 * Where a program is, as a shell finds it.
 * @param path the PATH; folders in it that are not there are passed over
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
