import { createHash, type Hash } from 'node:crypto';
import { sha256 } from '../lib/fs/files.ts';
import { blockSize, encodeHeader, endSize, paddingAfter } from '../lib/fs/ustar.ts';
import {
  type BackupHeader,
  type BackupPart,
  checksumEntry,
  checksumLine,
  headerEntry,
  type Manifest,
  manifestEntry,
  type PartToWrite,
  pieceName,
  pieceSize,
  stringify,
} from './manifest.ts';

/** Receives bytes in order. The sink may use them only until its promise resolves. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/** Writes a backup in one pass and needs memory for only one piece, whatever the length of a part. */
export class ArchiveWriter {
  readonly #sink: Sink;
  readonly #header: BackupHeader;
  readonly #mtime: number;
  readonly #parts: BackupPart[] = [];
  /** The buffer for one entry: header, content, padding. */
  readonly #entry = Buffer.alloc(blockSize + pieceSize);

  constructor(header: BackupHeader, sink: Sink) {
    this.#header = header;
    this.#sink = sink;
    this.#mtime = Math.floor(Date.parse(header.createdAt) / 1000);
  }

  async begin(): Promise<void> {
    await this.#document(headerEntry, stringify(this.#header));
  }

  /** @param source of unknown length */
  async part(about: PartToWrite, source: AsyncIterable<Uint8Array>): Promise<BackupPart> {
    const hash = createHash('sha256');
    let [bytes, pieces, filled] = [0, 0, 0];
    const flush = async () => {
      if (filled === 0) return;
      pieces += 1;
      bytes += filled;
      await this.#piece(pieceName(about.name, pieces), filled, hash);
      filled = 0;
    };
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        const taken = Math.min(pieceSize - filled, chunk.length - at);
        this.#entry.set(chunk.subarray(at, at + taken), blockSize + filled);
        filled += taken;
        at += taken;
        if (filled === pieceSize) await flush();
      }
    }
    await flush();
    const part = { ...about, bytes, pieces, sha256: hash.digest('hex') };
    this.#parts.push(part);
    return part;
  }

  /** Writes the manifest and the end of the archive. */
  async finish(): Promise<Manifest> {
    const manifest = { ...this.#header, parts: this.#parts };
    const text = stringify(manifest);
    await this.#document(manifestEntry, text);
    await this.#document(checksumEntry, checksumLine(sha256(text)));
    await this.#sink(new Uint8Array(endSize));
    return manifest;
  }

  /** The content is already in `#entry`. */
  async #piece(name: string, size: number, hash: Hash): Promise<void> {
    this.#entry.set(encodeHeader({ name, size, mtime: this.#mtime }));
    const end = blockSize + size;
    hash.update(this.#entry.subarray(blockSize, end));
    const padded = end + paddingAfter(size);
    this.#entry.fill(0, end, padded);
    await this.#sink(this.#entry.subarray(0, padded));
  }

  async #document(name: string, text: string): Promise<void> {
    const content = Buffer.from(text);
    const size = content.length;
    const header = encodeHeader({ name, size, mtime: this.#mtime });
    await this.#sink(Buffer.concat([header, content, Buffer.alloc(paddingAfter(size))]));
  }
}
