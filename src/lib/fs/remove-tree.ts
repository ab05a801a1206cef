import { constants } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lstat,
  open,
  readdir,
  rename,
  rmdir,
  unlink,
} from 'node:fs/promises';
import { fsPath } from '../text/file-name.ts';
import { guarded } from './files.ts';
import { randomSuffix } from './random.ts';

/**
 * Removes a file, or a folder with everything below it, if it exists. No path gets long: what lies deeper is first moved
 * up, so that no depth makes removal impossible (PATH_MAX, open files). Works through open folders: a folder that
 * another process replaces by a link meanwhile is not followed.
 *
 * @throws UserError from `fileSystemError`
 */
export async function removeTree(path: string): Promise<void> {
  await guarded(path, (at) => removeEntry(fsPath(at)));
}

async function removeEntry(at: string | Buffer): Promise<void> {
  const stats = await unlessGone(lstat(at));
  if (stats === undefined) return;
  if (!stats.isDirectory()) return unlessGone(unlink(at));
  const root = await openOwn(at);
  try {
    await emptyFolder(Buffer.from(`${below(root)}/`));
  } finally {
    await root.close();
  }
  await rmdir(at);
}

async function unlessGone<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** An open folder, by a path that stays the same wherever the folder is moved (proc(5), /proc/PID/fd). */
function below({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

function entryOf(folder: Buffer, name: Buffer | string): Buffer {
  return Buffer.concat([folder, Buffer.from(name)]);
}

const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A folder of ours that is read-only is none the less ours. */
async function openOwn(at: string | Buffer): Promise<FileHandle> {
  const handle = await open(at, folderOnly).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES') throw error;
    await chmod(at, 0o700);
    return open(at, folderOnly);
  });
  await handle.chmod(0o700).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error;
  });
  return handle;
}

/** Moves the folders of each folder up beside it until none has any. */
async function emptyFolder(root: Buffer): Promise<void> {
  const moved = randomSuffix();
  let count = 0;
  for (let folders = await removeFiles(root); folders.length > 0; ) {
    for (const name of folders) {
      const folder = await openOwn(entryOf(root, name));
      try {
        const inside = Buffer.from(`${below(folder)}/`);
        for (const deeper of await removeFiles(inside)) {
          // To move a folder to another parent, its owner needs the right to write to it (rename(2)).
          await (await openOwn(entryOf(inside, deeper))).close();
          await rename(entryOf(inside, deeper), entryOf(root, `${moved}-${count++}`));
        }
      } finally {
        await folder.close();
      }
      await rmdir(entryOf(root, name));
    }
    folders = await removeFiles(root);
  }
}

/** Removes everything but the folders, whose names it returns. */
async function removeFiles(folder: Buffer): Promise<Buffer[]> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  const folders: Buffer[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) folders.push(entry.name);
    else await unlessGone(unlink(entryOf(folder, entry.name)));
  }
  return folders;
}
