import { chmod, mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { appear, unsupported } from './appear.ts';
import { fileSystemError } from './file-errors.ts';
import { isOwn } from './ownership.ts';
import { readPlain } from './read-file.ts';
import { removeTree } from './remove-tree.ts';

/** Something that an installation relies on, and how to see whether a folder's file system keeps to it. */
interface FileSystemPromise {
  /** What the file system does not do, as the end of a sentence. */
  readonly otherwise: string;
  readonly holds: (folder: string) => Promise<boolean>;
}

const promises: readonly FileSystemPromise[] = [
  {
    otherwise: 'does not keep the permissions of a file, so that other users could read secrets',
    holds: async (folder) => {
      const file = join(folder, 'mode');
      await writeFile(file, '', { flag: 'wx', mode: 0o600 });
      for (const mode of [0o640, 0o600]) {
        await chmod(file, mode);
        if (((await stat(file)).mode & 0o777) !== mode) return false;
      }
      await chmod(folder, 0o750);
      return ((await stat(folder)).mode & 0o777) === 0o750;
    },
  },
  {
    otherwise: 'gives new files to another user',
    holds: async (folder) => isOwn((await stat(join(folder, 'mode'))).uid),
  },
  {
    otherwise: 'cannot replace a file by renaming another',
    holds: async (folder) => {
      const [from, to] = [join(folder, 'from'), join(folder, 'to')];
      await writeFile(from, 'new');
      await writeFile(to, 'old');
      await rename(from, to);
      return (await readPlain(to)).toString() === 'new';
    },
  },
  {
    otherwise: 'cannot rename a folder with files in it',
    holds: async (folder) => {
      await mkdir(join(folder, 'tree'));
      await writeFile(join(folder, 'tree', 'file'), '');
      await rename(join(folder, 'tree'), join(folder, 'renamed'));
      return (await stat(join(folder, 'renamed', 'file'))).isFile();
    },
  },
  {
    otherwise: 'cannot write files and folders to the disk on request (fsync)',
    holds: async (folder) => {
      for (const path of [join(folder, 'to'), folder]) {
        const handle = await open(path, 'r');
        await handle.sync().finally(() => handle.close());
      }
      return true;
    },
  },
  {
    otherwise: 'cannot create a file without replacing one that exists',
    holds: async (folder) => {
      const [first, second, name] = ['first', 'second', 'name'].map((part) => join(folder, part));
      for (const path of [first, second]) await writeFile(path as string, '');
      return (
        (await appear(first as string, name as string)) &&
        !(await appear(second as string, name as string))
      );
    },
  },
];

/**
 * Tries in a folder of its own, which it removes, whether the file system keeps what an installation relies on.
 * @param folder absolute path of the folder to create, in that in which an installation is to be built
 * @throws UserError FILE_SYSTEM_UNSUITABLE, with nothing left behind; DISK_FULL, FOLDER_READ_ONLY and the like
 */
export async function requireFileSystem(folder: string): Promise<void> {
  const parent = dirname(folder);
  try {
    await mkdir(folder, { mode: 0o700 });
    const broken = await firstBroken(folder).finally(() => removeTree(folder));
    if (broken === undefined) return;
    const message = `The file system of ${parent} is not suitable for an installation: it ${broken}.`;
    throw new UserError('FILE_SYSTEM_UNSUITABLE', message);
  } catch (error) {
    throw fileSystemError(error, parent);
  }
}

/** A refusal by a file system that cannot do it, not by the rights of this user in a folder of its own. */
const refusals = ['EPERM', 'EEXIST', 'EXDEV', ...unsupported];

async function firstBroken(folder: string): Promise<string | undefined> {
  for (const { otherwise, holds } of promises) {
    const held = await holds(folder).catch((error: NodeJS.ErrnoException) => {
      if (refusals.includes(error.code ?? '')) return false;
      throw error;
    });
    if (!held) return otherwise;
  }
  return undefined;
}
