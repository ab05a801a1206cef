import { createHash } from 'node:crypto';
import {
  access,
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { fsPath } from '../text/file-name.ts';
import { type AttributeLoss, copyAttributesOf } from './attributes.ts';
import { fileSystemError } from './file-errors.ts';
import { giveHandleTo, type Owner } from './ownership.ts';
import { openPlain } from './read-file.ts';

/** A file to write into a staged tree. `path` is relative, with `/` as separator. */
export interface StagedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
}

/** Far above any text that the program reads. Rejects a disk image passed by mistake, and /dev/zero. */
const maxText = 8 * 1024 * 1024;

/** Paths that a shell passes: `<(command)`, and names for stdin. */
const handedOver = /^\/(dev\/(stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * Reads a text file of the program's own state. A file that is too large or not UTF-8 counts as damaged: returns an empty text.
 * @throws UserError FILE_UNREADABLE if this user cannot read it
 */
export async function readOwnText(path: string): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (error) {
    const cause = error instanceof UserError ? error.cause : undefined;
    if (!(error instanceof UserError) || cause !== undefined) throw error;
    return '';
  }
}

/**
 * Reads a UTF-8 text. Returns `undefined` if the file does not exist.
 * @throws UserError FILE_UNREADABLE also for a named pipe or a device, which may block the reader forever
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const bytes = handedOver.test(path)
      ? await withHandle(path, 'r', (handle) => readUpTo(handle, maxText))
      : await withPlain(path, (handle) => readUpTo(handle, maxText));
    if (bytes === undefined) {
      throw new UserError('FILE_UNREADABLE', `${path} is larger than ${maxText / 1024 ** 2} MiB.`, {
        hint: 'This does not look like the right file. Check its path.',
      });
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) {
      throw new UserError('FILE_UNREADABLE', `${path} is not UTF-8 text.`, {
        hint: 'Save the file as UTF-8 and run the command again.',
      });
    }
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      const message = `You do not have permission to read ${path}.`;
      throw new UserError('FILE_UNREADABLE', message, { cause: error });
    }
    throw fileSystemError(error, path);
  }
}

/** Reads to the end, also from a pipe. Returns `undefined` if the content exceeds the limit. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The first bytes of a file as text, one character each. @throws UserError from `fileSystemError` */
export function readStart(path: string, bytes: number): Promise<string> {
  return withPlain(path, async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('latin1', 0, bytesRead);
  });
}

/** The permission bits of a file; for a link, those of its target. `undefined` if the file does not exist. */
export async function permissions(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return undefined;
  }
}

/** Whether the path certainly does not exist. False if this user cannot look. */
export async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/**
 * The names in a folder, sorted; `undefined` if the folder does not exist.
 * @throws UserError FOLDER_NOT_EMPTY if it is a file
 */
export async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // ENOTDIR may also be about a part of the path. Then the path itself does not exist.
    if (code === 'ENOENT' || (code === 'ENOTDIR' && (await permissions(path)) === undefined)) {
      return undefined;
    }
    if (code === 'ENOTDIR') throw new UserError('FOLDER_NOT_EMPTY', `${path} is a file.`);
    throw fileSystemError(error, path);
  }
}

/**
 * Creates a folder and its parents below `root`, each with its mode, independent of the umask.
 * @param owner of the new folders; defaults to the current user
 */
export async function makeFolder(
  root: string,
  path: string,
  modeOf: (path: string) => number,
  owner?: Owner,
): Promise<void> {
  const parts = path.split('/').filter((part) => part !== '');
  for (let length = 1; length <= parts.length; length++) {
    const below = parts.slice(0, length).join('/');
    await guarded(join(root, below), async (at) => {
      try {
        await mkdir(fsPath(at), { mode: 0o700 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        // New content would land wherever the link points.
        if ((await lstat(fsPath(at))).isDirectory()) return;
        throw new UserError('PATH_IN_THE_WAY', `${at} is a link or a file, not a folder.`);
      }
      // Through the open folder: its name may point elsewhere by now.
      await withHandle(at, constants.O_DIRECTORY | constants.O_NOFOLLOW, async (handle) => {
        await handle.chmod(modeOf(below));
        if (owner !== undefined) await giveHandleTo(handle, owner);
      });
    });
  }
}

/**
 * Writes a new file, synced, with its exact mode. Never follows a link or replaces an existing file.
 * @param owner of the file; defaults to the current user
 */
export async function writeNewFile(root: string, file: StagedFile, owner?: Owner): Promise<void> {
  await guarded(join(root, file.path), (at) =>
    withHandle(at, 'wx', async (handle) => {
      await handle.chmod(file.mode);
      if (owner !== undefined) await giveHandleTo(handle, owner);
      await handle.writeFile(file.content);
      await handle.sync();
    }),
  );
}

/**
 * Replaces a file atomically. An existing file keeps its owner, mode, ACL and extended attributes as far as this user can
 * set them, and a link stays a link.
 * @param mode of a new file
 * @returns what the file loses
 */
export async function replaceFile(
  path: string,
  content: string,
  mode: number,
): Promise<AttributeLoss[]> {
  const target = await realpath(path).catch(() => path);
  // A file name has at most 255 bytes: 50 UTF-16 units are at most 150 bytes.
  const name = basename(target).slice(0, 50);
  const staged = join(dirname(target), `.${name}.${process.pid}.new`);
  const losses = await guarded(staged, async () => {
    await rm(staged, { force: true });
    try {
      const lost = await withHandle(staged, 'wx', async (handle) => {
        await handle.chmod(mode);
        const lost = await takeAttributes(target, handle);
        await handle.writeFile(content);
        await handle.sync();
        return lost;
      });
      await rename(staged, target);
      return lost;
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    }
  });
  await sync(dirname(target));
  return losses;
}

/** By handles only: root also writes to folders of other users, who can put links there. */
async function takeAttributes(target: string, handle: FileHandle): Promise<AttributeLoss[]> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await withHandle(target, flags, async (present) => {
      const stats = await present.stat();
      await giveHandleTo(handle, stats);
      await handle.chmod(stats.mode & 0o777);
      return copyAttributesOf(target, present, handle);
    });
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw fileSystemError(error, target);
  }
}

/** Creates a folder that only this user can access. An existing folder is unchanged. */
export async function makePrivateFolder(path: string): Promise<void> {
  await guarded(path, () => mkdir(path, { recursive: true, mode: 0o700 }));
}

/**
 * When a file or a link to it was last changed or put in place, in milliseconds since 1970; 0 if it does not exist. A copy
 * can have an older time of modification, but not of its inode.
 */
export async function changedAt(path: string): Promise<number> {
  const found = await Promise.all([stat, lstat].map((look) => look(path).catch(() => undefined)));
  return Math.max(...found.map((stats) => stats?.ctimeMs ?? 0));
}

export async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** A path without symbolic links in it. */
export async function withoutLinks(path: string): Promise<string> {
  return guarded(path, (at) => realpath(at));
}

/** Renames durably: syncs the folder of the new name. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await guarded(to, () => rename(fsPath(from), fsPath(to)));
  await sync(join(to, '..'));
}

/** SHA-256 of bytes, or of a text's UTF-8 bytes, in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Syncs a file, or the names in a folder, to disk. */
export async function sync(path: string): Promise<void> {
  await guarded(path, (at) =>
    withHandle(at, constants.O_RDONLY | constants.O_NONBLOCK, (handle) => handle.sync()),
  );
}

async function withPlain<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openPlain(path);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function withHandle<T>(
  path: string,
  flags: string | number,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(fsPath(path), flags, 0o600);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Runs an operation on `path`. An error of the system becomes a UserError that names the path. */
export async function guarded<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  try {
    return await use(path);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}
