import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { requireRoom, roomIn } from '../lib/fs/free-space.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import type { Descriptor } from '../registry/manifest.ts';
import type { RegistryClient, ResolvedManifest } from '../registry/registry.ts';
import { nameOf } from '../registry/registry-errors.ts';
import { type BundleLimits, standardLimits, type Unpacked, unpackTar } from './bundle-unpack.ts';
import { openPartialArchive, type PartialArchive } from './partial-archive.ts';

/** The size of one read, decompress or write step, in bytes. */
const chunkSize = 512 * 1024;

export interface FetchOptions {
  readonly registry: Pick<RegistryClient, 'openBlob'>;
  readonly resolved: ResolvedManifest;
  /** An existing, empty folder. After a failure, its content is unusable. */
  readonly into: string;
  /** Called during the download, with the bytes so far and the total. */
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Where an unfinished archive is kept for the next run; undefined: nowhere. */
  readonly parts?: string;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<BundleLimits>;
}

/**
 * Fetches a static bundle: an artifact with one `tar+gzip` layer, like a stored Helm chart. Nothing
 * is unpacked before the whole archive was verified against the digest in the manifest.
 *
 * @throws UserError BUNDLE_INVALID, DISK_FULL, FOLDER_READ_ONLY, FILE_SYSTEM_ERROR, and as `openBlob`
 */
export async function fetchBundle(options: FetchOptions): Promise<Unpacked> {
  const { resolved, into, parts } = options;
  const limits = { ...standardLimits, ...options.limits };
  const layer = layerOf(resolved, limits);
  const archive =
    (parts === undefined ? undefined : await openPartialArchive(parts, layer)) ??
    (await openNameless(into));
  let complete = false;
  try {
    const what = `The archive of ${nameOf(resolved)}`;
    await requireRoom(archive.folder, layer.size - archive.bytes, what);
    await downloadWhole(archive, layer, options);
    complete = true;
    await archive.remove();
    return await unpack(archive.handle, { into, limits, name: nameOf(resolved), layer });
  } finally {
    await archive.handle.close();
    if (!complete) await archive.keep().catch(() => undefined);
  }
}

/** All bytes are there and were wrong: if an earlier run left some of them, they may be to blame. */
async function downloadWhole(
  archive: PartialArchive,
  layer: Descriptor,
  options: FetchOptions,
): Promise<void> {
  try {
    await download(archive, layer, options);
  } catch (error) {
    const { size } = await archive.handle.stat();
    if (archive.bytes === 0 || size < layer.size) throw error;
    await archive.handle.truncate(0);
    await download({ ...archive, bytes: 0 }, layer, options);
  }
}

/** Appends what is missing of an archive, and verifies the whole. */
async function download(
  { handle, bytes: present, folder }: PartialArchive,
  layer: Descriptor,
  { registry, resolved, onProgress, signal }: FetchOptions,
): Promise<void> {
  const read = () =>
    handle.createReadStream({ start: 0, autoClose: false, highWaterMark: chunkSize });
  const received = present > 0 ? { received: { bytes: present, read } } : {};
  const blob = registry.openBlob(resolved.repository, layer, { ...received, signal });
  let bytes = present;
  for await (const chunk of inLargeChunks(blob)) {
    await writeAt(handle, chunk, { position: bytes, folder });
    bytes += chunk.length;
    onProgress?.(bytes, layer.size);
  }
}

/** Helm, ORAS and Docker each have their own media type for a gzipped tar. */
function layerOf(resolved: ResolvedManifest, { archive }: BundleLimits): Descriptor {
  const { manifest } = resolved;
  const [layer, ...others] = 'layers' in manifest ? manifest.layers : [];
  if (layer === undefined || others.length > 0) {
    throw new UserError('BUNDLE_INVALID', `${nameOf(resolved)} is not an artifact with one layer.`);
  }
  if (!/tar(\+|\.)gzip$/.test(layer.mediaType)) {
    const message = `${nameOf(resolved)} has a layer of the type ${layer.mediaType}, not tar+gzip.`;
    throw new UserError('BUNDLE_INVALID', message);
  }
  if (layer.size > archive) {
    const message = `${nameOf(resolved)} declares an archive of ${formatBytes(layer.size)}, more than ${formatBytes(archive)}.`;
    throw new UserError('BUNDLE_INVALID', message);
  }
  return layer;
}

/** A file that is deleted when it is closed, in any case, and that no entry can collide with. */
async function openNameless(folder: string): Promise<PartialArchive> {
  const path = join(folder, '.archive');
  const nothing = async () => {};
  try {
    const handle = await open(path, 'wx+', 0o600);
    await unlink(path);
    return { handle, bytes: 0, folder, keep: nothing, remove: nothing };
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/**
 * The network delivers 64 KB at a time, and a larger disk write costs the same. All chunks reuse the same memory:
 * consume each chunk before you request the next one.
 */
async function* inLargeChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const large = Buffer.allocUnsafe(chunkSize);
  let filled = 0;
  try {
    for await (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length; ) {
        const copied = chunk.copy(large, filled, taken);
        taken += copied;
        filled += copied;
        if (filled < chunkSize) continue;
        yield large;
        filled = 0;
      }
    }
  } catch (error) {
    // What came before the failure is kept.
    if (filled > 0) yield large.subarray(0, filled);
    throw error;
  }
  if (filled > 0) yield large.subarray(0, filled);
}

async function writeAt(
  archive: FileHandle,
  chunk: Buffer,
  { position, folder }: { readonly position: number; readonly folder: string },
): Promise<void> {
  try {
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await archive.write(
        chunk,
        written,
        chunk.length - written,
        position + written,
      );
      written += bytesWritten;
    }
  } catch (error) {
    throw fileSystemError(error, folder);
  }
}

async function unpack(
  archive: FileHandle,
  bundle: { into: string; limits: BundleLimits; name: string; layer: Descriptor },
): Promise<Unpacked> {
  const { into, limits, name, layer } = bundle;
  const bytes = Math.min(limits.bytes, layer.size * limits.ratio + limits.ratioFloor);
  const zipped = archive.createReadStream({
    start: 0,
    autoClose: false,
    highWaterMark: chunkSize,
  });
  const tar = createGunzip({ chunkSize });
  // Not stream.pipeline: it may report its own abort instead of the cause.
  zipped.on('error', (error) => tar.destroy(fileSystemError(error, into))).pipe(tar);
  try {
    const room = await roomIn(into);
    return await unpackTar(tar, { into, name, room, limits: { entries: limits.entries, bytes } });
  } catch (error) {
    if (!isZlibError(error)) throw error;
    const message = `The archive of ${name} is damaged: part of it is not gzip data.`;
    throw new UserError('BUNDLE_INVALID', message, { cause: error });
  } finally {
    zipped.destroy();
  }
}

function isZlibError(error: unknown): boolean {
  return /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
}
