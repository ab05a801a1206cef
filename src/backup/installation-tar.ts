import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar/create';
import { createTarReader } from '../bundles/tar-steps.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { listTree } from '../lib/fs/files.ts';

/** Packs the files of an installation into a tar archive, and unpacks them. */

/** Larger files are not configuration, but for example a dump or a log. */
const largest = 16 * 1024 * 1024;

export interface FoundFiles {
  /** By path below the installation, in order. */
  readonly paths: readonly string[];
  /** Bytes of all of them. */
  readonly bytes: number;
  /** Skipped paths: links, pipes, and files that are too large. */
  readonly left: readonly string[];
}

/** The regular files at and below some paths of an installation. */
export async function findFiles(
  installation: string,
  roots: readonly string[],
): Promise<FoundFiles> {
  const paths: string[] = [];
  const left: string[] = [];
  let bytes = 0;
  for (const path of (await Promise.all(roots.map((root) => below(installation, root)))).flat()) {
    const stats = await lstat(join(installation, path)).catch((error) => {
      throw fileSystemError(error, join(installation, path));
    });
    if (!stats.isFile() || stats.size > largest) left.push(path);
    else {
      paths.push(path);
      bytes += stats.size;
    }
  }
  return { paths, bytes, left };
}

async function below(installation: string, root: string): Promise<string[]> {
  const stats = await lstat(join(installation, root)).catch(() => undefined);
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [root];
  return (await listTree(join(installation, root))).map((path) => `${root}/${path}`);
}

/** @param paths below the installation */
export async function* tarOf(
  installation: string,
  paths: readonly string[],
): AsyncIterable<Uint8Array> {
  // `./`: node-tar interprets a leading @ in a path.
  const pack = create(
    { cwd: installation, portable: true, noDirRecurse: true },
    paths.map((path) => `./${path}`),
  );
  try {
    for await (const chunk of pack) yield chunk as Uint8Array;
  } catch (error) {
    throw fileSystemError(error, installation);
  }
}

export interface TarredFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

/** Reads an archive created by `tarOf` from memory. @throws TarError if it is damaged */
export function filesIn(archive: Buffer): Map<string, TarredFile> {
  const reader = createTarReader();
  const files = new Map<string, TarredFile>();
  let open: { path: string; mode: number; chunks: Buffer[] } | undefined;
  for (const step of [...reader.read(archive), ...reader.end()]) {
    if (step.kind === 'file') open = { path: step.path, mode: step.mode, chunks: [] };
    else if (step.kind === 'bytes') open?.chunks.push(step.chunk);
    else if (step.kind === 'end' && open !== undefined) {
      files.set(open.path, { bytes: Buffer.concat(open.chunks), mode: open.mode });
    }
  }
  return files;
}
