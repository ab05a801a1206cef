import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { fileSystemError } from './file-errors.ts';
import { openPlain } from './read-file.ts';

/** A file that is too large for memory. It can be read more than once. */
export interface LargeFile extends AsyncDisposable {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The first bytes. */
  head(length: number): Promise<Buffer>;
  /** Its bytes from the beginning. Each chunk reuses the memory of the previous one. */
  chunks(): AsyncIterable<Uint8Array>;
}

const chunkSize = 1024 * 1024;

/**
 * Opens a file for reading. `await using` closes it at the end of the scope.
 * @throws UserError BACKUP_NOT_FOUND; FILE_UNREADABLE for a folder, pipe or device, or another user's file
 */
export async function openLargeFile(path: string): Promise<LargeFile> {
  const handle = await openToRead(path);
  try {
    const { size } = await handle.stat();
    return {
      path,
      size,
      async head(length) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
        return buffer.subarray(0, bytesRead);
      },
      chunks: () => read(handle, path),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function* read(handle: FileHandle, path: string): AsyncIterable<Uint8Array> {
  const memory = Buffer.alloc(chunkSize);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(memory, 0, chunkSize, position).catch((error) => {
      throw fileSystemError(error, path);
    });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield memory.subarray(0, bytesRead);
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await openPlain(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError('BACKUP_NOT_FOUND', `File not found: ${path}.`);
    }
    if (code === 'EACCES') {
      throw new UserError('FILE_UNREADABLE', `You do not have permission to read ${path}.`);
    }
    throw fileSystemError(error, path);
  }
}
