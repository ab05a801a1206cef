import { createHash, type Hash } from 'node:crypto';
import { sha256 } from '../lib/fs/files.ts';
import { blockSize, decodeHeader, endSize, paddingAfter } from '../lib/fs/ustar.ts';
import { damaged, EntryOrder, type Place, type ReadPart } from './entries.ts';
import { type BackupHeader, headerEntry, type Manifest } from './manifest.ts';

/** Receives the content of a backup during reading, before all of it is verified. */
export interface ArchiveVisitor {
  readonly header?: (header: BackupHeader) => void | Promise<void>;
  /** The bytes of a part, in order. The visitor may use them only until its promise resolves. */
  readonly bytes?: (part: string, bytes: Buffer) => void | Promise<void>;
  /** Called at the end of a part. */
  readonly partEnd?: (part: string) => void | Promise<void>;
}

/**
 * Reads a backup to its end and verifies every bit.
 * @throws ArchiveFault if the file is not a backup, or is damaged
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  visitor: ArchiveVisitor = {},
): Promise<Manifest> {
  const bytes = new ByteQueue(source);
  const order = new EntryOrder();
  const parts = new PartHashes(visitor);
  for (;;) {
    const block = await bytes.exactly(blockSize);
    if (block !== undefined && isZero(block)) break;
    const entry = block === undefined ? undefined : decodeHeader(block);
    const place = order.next(entry);
    await readContent(bytes, entry?.size ?? 0, place, order, parts, visitor);
    const padding = await bytes.exactly(paddingAfter(entry?.size ?? 0));
    if (padding === undefined || !isZero(padding)) throw damaged('contains a damaged entry');
  }
  await parts.close();
  const end = await bytes.exactly(endSize - blockSize);
  const manifest = order.end(parts.read);
  if (end === undefined || !isZero(end)) throw damaged('is truncated');
  if (!(await bytes.isAtEnd())) throw damaged('contains data after its end');
  return manifest;
}

async function readContent(
  bytes: ByteQueue,
  size: number,
  place: Place,
  order: EntryOrder,
  parts: PartHashes,
  visitor: ArchiveVisitor,
): Promise<void> {
  if (place.kind === 'document') {
    await parts.close();
    const content = await bytes.exactly(size);
    if (content === undefined) throw damaged('is truncated');
    order.document(place.name, content.toString('utf8'), sha256(content));
    if (place.name === headerEntry && order.header) await visitor.header?.(order.header);
    return;
  }
  await parts.open(place.part);
  for (let left = size; left > 0; ) {
    const some = await bytes.upTo(left);
    if (some === undefined) throw damaged('is truncated');
    left -= some.length;
    await parts.take(some);
  }
}

/** Hashes each part from its pieces. */
class PartHashes {
  readonly read: ReadPart[] = [];
  readonly #visitor: ArchiveVisitor;
  #open: { name: string; hash: Hash; bytes: number; pieces: number } | undefined;

  constructor(visitor: ArchiveVisitor) {
    this.#visitor = visitor;
  }

  /** Of one more piece. */
  async open(name: string): Promise<void> {
    if (this.#open?.name !== name) {
      await this.close();
      this.#open = { name, hash: createHash('sha256'), bytes: 0, pieces: 0 };
    }
    this.#open.pieces += 1;
  }

  async take(bytes: Buffer): Promise<void> {
    const open = this.#open;
    if (open === undefined) throw new Error('bytes outside a part');
    open.hash.update(bytes);
    open.bytes += bytes.length;
    await this.#visitor.bytes?.(open.name, bytes);
  }

  async close(): Promise<void> {
    if (this.#open === undefined) return;
    const { name, hash, bytes, pieces } = this.#open;
    this.#open = undefined;
    this.read.push({ name, bytes, pieces, sha256: hash.digest('hex') });
    await this.#visitor.partEnd?.(name);
  }
}

/** Reads a stream of chunks in the requested sizes. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @returns `undefined` if the stream ends before */
  async exactly(size: number): Promise<Buffer | undefined> {
    const taken: Buffer[] = [];
    for (let left = size; left > 0; ) {
      const some = await this.upTo(left);
      if (some === undefined) return undefined;
      // Copy the bytes, because the source may reuse its memory.
      taken.push(some.length < left || taken.length > 0 ? Buffer.from(some) : some);
      left -= some.length;
    }
    return taken.length === 1 ? taken[0] : Buffer.concat(taken);
  }

  /** At least one byte and at most `size`; `undefined` at the end. */
  async upTo(size: number): Promise<Buffer | undefined> {
    if (!(await this.#fill())) return undefined;
    const some = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(some.length);
    return some;
  }

  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    return true;
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
