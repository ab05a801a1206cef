import type { Entry } from '../lib/fs/ustar.ts';
import {
  type BackupHeader,
  type BackupPart,
  checksumEntry,
  checksumLine,
  headerEntry,
  headerOf,
  type Manifest,
  manifestEntry,
  maxDocument,
  parseHeader,
  parseManifest,
  pieceName,
  pieceSize,
  stringify,
} from './manifest.ts';

/** Why an archive is rejected, as the end of a sentence that starts with its path. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
  /** `foreign`: not a proto-scaffold backup; `newer`: from a newer version of proto-scaffold; `damaged`: a damaged backup. */
  readonly kind: 'foreign' | 'newer' | 'damaged';

  constructor(kind: ArchiveFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The size and hash of a part that was read. */
export interface ReadPart {
  readonly name: string;
  readonly bytes: number;
  readonly pieces: number;
  readonly sha256: string;
}

/** What the content of an entry is: a whole document, or a piece of a part. */
export type Place =
  | { readonly kind: 'document'; readonly name: string }
  | { readonly kind: 'piece'; readonly part: string };

/** Verifies the order of the entries in a backup: header, parts in pieces, manifest, checksum. */
export class EntryOrder {
  #header: BackupHeader | undefined;
  #mtime = 0;
  #part: { readonly name: string; pieces: number; full: boolean } | undefined;
  readonly #parts = new Map<string, number>();
  #manifest: Manifest | undefined;
  #manifestHash = '';
  #complete = false;

  /** @returns what the entry's content is @throws ArchiveFault */
  next(entry: Entry | undefined): Place {
    if (entry === undefined) throw this.#unsound('contains a damaged entry');
    if (this.#header === undefined) {
      if (entry.name !== headerEntry) throw notOurs();
      this.#mtime = entry.mtime;
      return this.#document(entry);
    }
    if (entry.mtime !== this.#mtime) throw damaged('contains a damaged entry');
    if (this.#manifest !== undefined) {
      if (entry.name !== checksumEntry || this.#complete)
        throw damaged('contains data after its end');
      return this.#document(entry);
    }
    return entry.name === manifestEntry ? this.#document(entry) : this.#piece(entry);
  }

  /** Receives the content of an entry that is read as a whole. @param sha256 of the content */
  document(name: string, text: string, sha256: string): void {
    if (name === headerEntry) {
      const parsed = parseHeader(text);
      if (parsed.kind === 'newer') throw newer(parsed.formatVersion);
      if (parsed.kind === 'unsound') throw damaged('contains a damaged header');
      this.#header = parsed.value;
    } else if (name === manifestEntry) {
      const parsed = parseManifest(text);
      if (parsed.kind !== 'sound') throw damaged('contains a damaged manifest');
      this.#manifest = parsed.value;
      this.#manifestHash = sha256;
    } else {
      if (text !== checksumLine(this.#manifestHash)) throw damaged('contains a damaged manifest');
      this.#complete = true;
    }
  }

  /** @param parts the parts that were read, in order @throws ArchiveFault */
  end(parts: readonly ReadPart[]): Manifest {
    const manifest = this.#manifest;
    if (manifest === undefined || !this.#complete) throw this.#unsound('is truncated');
    if (stringify(headerOf(manifest)) !== stringify(this.#header as BackupHeader)) {
      throw damaged('contains a header that differs from its manifest');
    }
    const expected = manifest.parts.filter(({ pieces }) => pieces > 0);
    if (new Set(manifest.parts.map(({ name }) => name)).size !== manifest.parts.length) {
      throw damaged('contains a duplicate part');
    }
    for (const [index, part] of expected.entries()) requireSameContent(part, parts[index]);
    if (parts.length !== expected.length)
      throw damaged('contains a part that is not in its manifest');
    return manifest;
  }

  get header(): BackupHeader | undefined {
    return this.#header;
  }

  #document({ name, size }: Entry): Place {
    if (size > maxDocument) throw this.#unsound('contains a damaged entry');
    this.#part = undefined;
    return { kind: 'document', name };
  }

  #piece({ name, size }: Entry): Place {
    const part = name.split('/')[0] ?? '';
    if (part !== this.#part?.name) {
      if (this.#parts.has(part)) throw damaged(`contains pieces of ${part} in two places`);
      this.#parts.set(part, 0);
      this.#part = { name: part, pieces: 0, full: true };
    }
    const number = this.#part.pieces + 1;
    // Only the last piece can be shorter than the others.
    if (name !== pieceName(part, number) || !this.#part.full) {
      throw damaged('contains a piece in the wrong order');
    }
    if (size < 1 || size > pieceSize) throw damaged('contains a piece with the wrong size');
    this.#part.pieces = number;
    this.#part.full = size === pieceSize;
    return { kind: 'piece', part };
  }

  #unsound(message: string): ArchiveFault {
    return this.#header === undefined ? notOurs() : damaged(message);
  }
}

function requireSameContent(part: BackupPart, read: ReadPart | undefined): void {
  const same =
    read !== undefined &&
    read.name === part.name &&
    read.bytes === part.bytes &&
    read.pieces === part.pieces &&
    read.sha256 === part.sha256;
  if (!same) throw damaged(`contains ${part.name} with modified content`);
}

export function damaged(message: string): ArchiveFault {
  return new ArchiveFault('damaged', message);
}

export function notOurs(): ArchiveFault {
  return new ArchiveFault('foreign', 'is not a backup created by proto-scaffold');
}

function newer(formatVersion: number): ArchiveFault {
  return new ArchiveFault(
    'newer',
    `has format ${formatVersion}, and this version of proto-scaffold supports format 1`,
  );
}
