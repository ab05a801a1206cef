import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar/create';
import { createTarReader, TarError } from '../bundles/tar-steps.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { pathFault } from '../lib/fs/path-below.ts';
import { readPlain } from '../lib/fs/read-file.ts';
import { listTree } from '../lib/fs/trees.ts';
import { fsPath, isByteName, nameOf } from '../lib/text/file-name.ts';

/** Packs the files of an installation into a tar archive, and unpacks them. */

/** Larger files are not configuration, but for example a dump or a log. */
const largest = 16 * 1024 * 1024;
/** No installation has so many. */
const mostFiles = 100_000;

export interface FoundFiles {
  /** By path below the installation, in order. */
  readonly paths: readonly string[];
  /** Bytes of all of them. */
  readonly bytes: number;
  /** Skipped paths: links, pipes, and files that are too large or have too long a path. */
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
    const stats = await lstat(fsPath(join(installation, path))).catch((error) => {
      throw fileSystemError(error, join(installation, path));
    });
    const isLeft = !stats.isFile() || stats.size > largest || pathFault(path) !== undefined;
    if (isLeft) left.push(path);
    else {
      paths.push(path);
      bytes += stats.size;
    }
  }
  return { paths, bytes, left };
}

async function below(installation: string, root: string): Promise<string[]> {
  const stats = await lstat(fsPath(join(installation, root))).catch(() => undefined);
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [root];
  return (await listTree(join(installation, root))).map((path) => `${root}/${path}`);
}

/** @param paths below the installation */
export async function* tarOf(
  installation: string,
  paths: readonly string[],
): AsyncIterable<Uint8Array> {
  for (const path of paths.filter(isByteName)) yield await tarEntry(installation, path);
  // `./`: node-tar interprets a leading @ in a path.
  const pack = create(
    { cwd: installation, portable: true, noDirRecurse: true },
    paths.filter((path) => !isByteName(path)).map((path) => `./${path}`),
  );
  try {
    for await (const chunk of pack) yield chunk as Uint8Array;
  } catch (error) {
    throw fileSystemError(error, installation);
  }
}

/** A regular file whose name is not UTF-8, which node-tar cannot write. A long name has an entry of its own (GNU tar). */
async function tarEntry(installation: string, path: string): Promise<Buffer> {
  const at = fsPath(join(installation, path));
  const name = Buffer.from(fsPath(path));
  const [bytes, { mode, mtimeMs }] = await Promise.all([
    readPlain(join(installation, path), { noLink: true }),
    lstat(at),
  ]).catch((error) => {
    throw fileSystemError(error, join(installation, path));
  });
  const own = tarBlocks(name.subarray(0, 100), '0', mode & 0o7777, mtimeMs / 1000, bytes);
  if (name.length <= 100) return own;
  return Buffer.concat([tarBlocks(Buffer.from('././@LongLink'), 'L', 0o644, 0, name), own]);
}

function tarBlocks(
  name: Buffer,
  type: string,
  mode: number,
  time: number,
  content: Buffer,
): Buffer {
  const block = Buffer.alloc(512);
  name.copy(block, 0);
  const octal = (value: number, length: number) =>
    `${Math.floor(value)
      .toString(8)
      .padStart(length - 1, '0')}\0`;
  block.write(octal(mode, 8) + octal(0, 8) + octal(0, 8), 100, 'latin1');
  block.write(octal(content.length, 12) + octal(time, 12), 124, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148, 'latin1');
  return Buffer.concat([block, content, Buffer.alloc(-content.length & 511)]);
}

/** The names of an archive's files as bytes, in order, as far as `tarEntry` wrote them: node-tar decodes names. */
function* byteNames(archive: Buffer): Iterable<string | undefined> {
  let long: Buffer | undefined;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8) || 0;
    const type = archive.toString('latin1', at + 156, at + 157);
    const name = archive.subarray(at, at + 100);
    const short = name.subarray(0, name.includes(0) ? name.indexOf(0) : 100);
    if (type === 'L') long = archive.subarray(at + 512, at + 512 + size);
    else if (type === '0') {
      yield nameOf(long ?? short);
      long = undefined;
    }
    at += 512 + size + (-size & 511);
  }
}

export interface TarredFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

/** Reads an archive created by `tarOf` from memory. @throws TarError if it is damaged */
export function filesIn(archive: Buffer): Map<string, TarredFile> {
  // node-tar waits for the rest of a block, and says nothing at the end.
  if (archive.length % 512 > 0) throw new TarError('is damaged: it ends within a block');
  const reader = createTarReader();
  const files = new Map<string, TarredFile>();
  const names = [...byteNames(archive)];
  let count = 0;
  let open: { path: string; mode: number; chunks: Buffer[] } | undefined;
  for (const step of [...reader.read(archive), ...reader.end()]) {
    if (step.kind === 'file') {
      const name = names[count++] ?? '';
      // node-tar's name was checked, and differs only in the bytes that are not UTF-8.
      const isSame = Buffer.from(fsPath(name)).toString('utf8') === step.path;
      open = { path: isSame ? name : step.path, mode: step.mode, chunks: [] };
    } else if (step.kind === 'bytes') open?.chunks.push(step.chunk);
    else if (step.kind === 'end' && open !== undefined) {
      files.set(open.path, { bytes: Buffer.concat(open.chunks), mode: open.mode });
      if (files.size > mostFiles) throw new TarError(`has more than ${mostFiles} files`);
    }
  }
  return files;
}
