import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemError } from './file-errors.ts';
import { listTree, sha256 } from './files.ts';

/** SHA-256, in hex, of all that lies below a folder: paths and contents. Links are not followed. */
export async function hashTree(root: string): Promise<string> {
  const lines: string[] = [];
  for (const path of await listTree(root)) {
    lines.push(JSON.stringify([path, await contentAt(join(root, path))]));
  }
  return sha256(lines.join('\n'));
}

async function contentAt(path: string): Promise<string> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return `link to ${await readlink(path)}`;
    return stats.isFile() ? sha256(await readFile(path)) : 'something else';
  } catch (error) {
    throw fileSystemError(error, path);
  }
}
