import { UserError } from '../errors.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import { createTarReader, TarError, type TarStep } from './tar-steps.ts';
import { PathTakenError, TreeWriter } from './tree-writer.ts';

export interface BundleLimits {
  /** Of the archive itself, as its manifest declares it, in bytes. */
  readonly archive: number;
  /** Files and folders. */
  readonly entries: number;
  /** Of the decompressed archive. */
  readonly bytes: number;
  /** The maximum compression ratio, above `ratioFloor` bytes. */
  readonly ratio: number;
  readonly ratioFloor: number;
}

export const standardLimits: BundleLimits = {
  archive: 1024 ** 3,
  entries: 100_000,
  bytes: 2 * 1024 ** 3,
  ratio: 200,
  ratioFloor: 16 * 1024 ** 2,
};

export interface Unpacked {
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
}

export interface UnpackOptions {
  /** An existing empty folder. */
  readonly into: string;
  /** The bundle's name in messages. */
  readonly name: string;
  /** How much may be written there, in bytes. */
  readonly room: number;
  readonly limits: Pick<BundleLimits, 'entries' | 'bytes'>;
}

/**
 * Unpacks a tar archive: only regular files and folders, each below `into`.
 *
 * @throws UserError BUNDLE_INVALID for an entry of another type or outside of `into`, and for
 *   an archive that is damaged or exceeds a limit; DISK_FULL and the other codes of the file system
 */
export async function unpackTar(
  tar: AsyncIterable<Buffer>,
  options: UnpackOptions,
): Promise<Unpacked> {
  const { into, name, room, limits } = options;
  const writer = new TreeWriter(into);
  const reader = createTarReader();
  let size = 0;
  const perform = async (steps: readonly TarStep[]) => {
    for (const step of steps) {
      await performStep(writer, step);
      if (writer.entries > limits.entries) {
        throw new TarError(`has more than ${limits.entries} files and folders`);
      }
    }
  };
  try {
    for await (const chunk of tar) {
      size += chunk.length;
      if (size > limits.bytes) throw new TarError(`unpacks to more than ${limits.bytes} bytes`);
      if (size > room) throw full(into, room);
      await perform(reader.read(chunk));
    }
    await perform(reader.end());
    return { files: writer.files, bytes: writer.bytes };
  } catch (error) {
    throw bundleInvalid(error, name);
  } finally {
    await writer.close();
  }
}

function performStep(writer: TreeWriter, step: TarStep): Promise<void> {
  switch (step.kind) {
    case 'folder':
      return writer.folder(step.path);
    case 'file':
      return writer.file(step.path);
    case 'bytes':
      return writer.write(step.chunk);
    case 'end':
      return writer.end();
  }
}

function full(folder: string, room: number): UserError {
  const message = `The bundle needs more than ${formatBytes(room)} in ${folder}. A part of the disk is kept free for others.`;
  return new UserError('DISK_FULL', message);
}

function bundleInvalid(error: unknown, name: string): unknown {
  if (error instanceof PathTakenError) {
    return new UserError('BUNDLE_INVALID', `The bundle ${name} contains ${error.path} twice.`);
  }
  if (!(error instanceof TarError)) return error;
  return new UserError('BUNDLE_INVALID', `The bundle ${name} ${error.message}.`, { cause: error });
}
