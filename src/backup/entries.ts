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
import type { Entry } from './ustar.ts';

/** Why an archive is refused, as the end of a sentence that begins with its path. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
  /** `foreign`: no backup of ours; `newer`: of a newer program; `damaged`: a backup, but not as it was written. */
  readonly kind: 'foreign' | 'newer' | 'damaged';

  constructor(kind: ArchiveFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What was read of a part. */
export interface ReadPart {
  readonly name: string;
  readonly bytes: number;
  readonly pieces: number;
  readonly sha256: string;
}

/** Where the content of an entry belongs: it is read as a whole, or is a piece of a part. */
export type Place =
  | { readonly kind: 'document'; readonly name: string }
  | { readonly kind: 'piece'; readonly part: string };

/** Follows the order of a backup's entries: header, parts in their pieces, manifest, its checksum. */
export class EntryOrder {
  #header: BackupHeader | undefined;
  #mtime = 0;
  #part: { readonly name: string; pieces: number; full: boolean } | undefined;
  readonly #parts = new Map<string, number>();
  #manifest: Manifest | undefined;
  #manifestHash = '';
  #complete = false;

  /** @returns where the entry's content belongs @throws ArchiveFault */
  next(entry: Entry | undefined): Place {
    if (entry === undefined) throw this.#unsound('has a damaged entry');
    if (this.#header === undefined) {
      if (entry.name !== headerEntry) throw notOurs();
      this.#mtime = entry.mtime;
      return this.#document(entry);
    }
    if (entry.mtime !== this.#mtime) throw damaged('has a damaged entry');
    if (this.#manifest !== undefined) {
      if (entry.name !== checksumEntry || this.#complete) throw damaged('goes on behind its end');
      return this.#document(entry);
    }
    return entry.name === manifestEntry ? this.#document(entry) : this.#piece(entry);
  }

  /** Takes the content of an entry that is read as a whole. @param sha256 of it */
  document(name: string, text: string, sha256: string): void {
    if (name === headerEntry) {
      const parsed = parseHeader(text);
      if (parsed.kind === 'newer') throw newer(parsed.formatVersion);
      if (parsed.kind === 'unsound') throw damaged('has a damaged header');
      this.#header = parsed.value;
    } else if (name === manifestEntry) {
      const parsed = parseManifest(text);
      if (parsed.kind !== 'sound') throw damaged('has a damaged manifest');
      this.#manifest = parsed.value;
      this.#manifestHash = sha256;
    } else {
      if (text !== checksumLine(this.#manifestHash)) throw damaged('has a damaged manifest');
      this.#complete = true;
    }
  }

  /** @param parts what was read, in its order @throws ArchiveFault */
  end(parts: readonly ReadPart[]): Manifest {
    const manifest = this.#manifest;
    if (manifest === undefined || !this.#complete) throw this.#unsound('ends too early');
    if (stringify(headerOf(manifest)) !== stringify(this.#header as BackupHeader)) {
      throw damaged('has a header that is not the one in its manifest');
    }
    const expected = manifest.parts.filter(({ pieces }) => pieces > 0);
    if (new Set(manifest.parts.map(({ name }) => name)).size !== manifest.parts.length) {
      throw damaged('has a part twice');
    }
    for (const [index, part] of expected.entries()) mustBe(part, parts[index]);
    if (parts.length !== expected.length) throw damaged('has a part too many');
    return manifest;
  }

  get header(): BackupHeader | undefined {
    return this.#header;
  }

  #document({ name, size }: Entry): Place {
    if (size > maxDocument) throw this.#unsound('has a damaged entry');
    this.#part = undefined;
    return { kind: 'document', name };
  }

  #piece({ name, size }: Entry): Place {
    const part = name.split('/')[0] ?? '';
    if (part !== this.#part?.name) {
      if (this.#parts.has(part)) throw damaged(`has pieces of ${part} in two places`);
      this.#parts.set(part, 0);
      this.#part = { name: part, pieces: 0, full: true };
    }
    const number = this.#part.pieces + 1;
    // Only the last piece is shorter than the rest.
    if (name !== pieceName(part, number) || !this.#part.full) {
      throw damaged('has a piece out of its order');
    }
    if (size < 1 || size > pieceSize) throw damaged('has a piece of a wrong size');
    this.#part.pieces = number;
    this.#part.full = size === pieceSize;
    return { kind: 'piece', part };
  }

  #unsound(message: string): ArchiveFault {
    return this.#header === undefined ? notOurs() : damaged(message);
  }
}

function mustBe(part: BackupPart, read: ReadPart | undefined): void {
  const same =
    read !== undefined &&
    read.name === part.name &&
    read.bytes === part.bytes &&
    read.pieces === part.pieces &&
    read.sha256 === part.sha256;
  if (!same) throw damaged(`has ${part.name} in it otherwise than it was written`);
}

export function damaged(message: string): ArchiveFault {
  return new ArchiveFault('damaged', message);
}

export function notOurs(): ArchiveFault {
  return new ArchiveFault('foreign', 'is no backup made by proto-scaffold');
}

function newer(formatVersion: number): ArchiveFault {
  return new ArchiveFault('newer', `has format ${formatVersion}, and this program knows format 1`);
}
