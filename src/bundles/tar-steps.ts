import { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';
import { pathFault, safePath } from '../lib/fs/path-below.ts';

/** The steps to unpack an archive, in order. `bytes` and `end` belong to the last `file`. */
export type TarStep =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number }
  | { readonly kind: 'bytes'; readonly chunk: Buffer }
  | { readonly kind: 'end' };

/** Converts an archive, chunk by chunk, to steps. Parsing is separate from writing, so it needs no disk. */
export interface TarReader {
  /** @throws TarError if the archive is damaged, or contains a rejected entry */
  read(chunk: Buffer): readonly TarStep[];
  /** Call this once, after the last chunk. Throws like `read`. */
  end(): readonly TarStep[];
}

/** Why an archive is rejected, as the end of a sentence: `has an entry "…" that …` */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/** Accepts regular files and folders with paths below the root. Rejects everything else. */
export function createTarReader(): TarReader {
  let steps: TarStep[] = [];
  // node-tar's own unpacking is not used: it only warns where this must stop, and the umask
  // changes its modes. Strict turns each of the parser's warnings into an error.
  const parser = new Parser({ strict: true, zstd: false, brotli: false });
  parser.on('error', (error: Error) => {
    throw new TarError(`is damaged: ${error.message}`);
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    throw new TarError(`has an entry ${quoted(entry.path)} of an unknown type`);
  });
  parser.on('entry', (entry: ReadEntry) => {
    const path = pathOf(entry);
    if (isFolder(entry)) {
      // The archive's own root, which already exists.
      if (path !== '') steps.push({ kind: 'folder', path });
      entry.resume();
      return;
    }
    steps.push({ kind: 'file', path, mode: (entry.mode ?? 0o600) & 0o777 });
    entry.on('data', (chunk: Buffer) => steps.push({ kind: 'bytes', chunk }));
    entry.on('end', () => steps.push({ kind: 'end' }));
  });

  const taken = (parse: () => void) => {
    steps = [];
    try {
      parse();
    } catch (error) {
      if (error instanceof TarError) throw error;
      throw new TarError('is damaged', { cause: error });
    }
    return steps;
  };
  let begun = false;
  return {
    read: (chunk) =>
      taken(() => {
        // The parser would decompress a nested gzip again, without any limit.
        if (!begun && isGzip(chunk)) throw new TarError('is compressed twice');
        begun = true;
        parser.write(chunk);
      }),
    end: () => taken(() => parser.end()),
  };
}

function isFolder({ type }: ReadEntry): boolean {
  return type === 'Directory' || type === 'GNUDumpDir';
}

function isGzip(chunk: Buffer): boolean {
  return chunk[0] === 0x1f && chunk[1] === 0x8b;
}

/** @throws TarError for an entry that is neither a file nor a folder, and for a path outside the root */
function pathOf(entry: ReadEntry): string {
  const { type, path } = entry;
  // Links are rejected even if they stay inside: no bundle needs one, and without links, an
  // earlier entry cannot redirect a later one out of the folder.
  if (!isFolder(entry) && !['File', 'OldFile', 'ContiguousFile'].includes(type)) {
    throw new TarError(
      `has an entry ${quoted(path)} that is neither a file nor a folder (${type})`,
    );
  }
  const safe = safePath(path);
  if (safe === undefined) {
    throw new TarError(`has an entry ${quoted(path)} that would be extracted outside its folder`);
  }
  const fault = pathFault(safe);
  if (fault !== undefined) throw new TarError(`has an entry ${quoted(path)} whose path ${fault}`);
  if (safe === '' && !isFolder(entry))
    throw new TarError('has a file where its root folder should be');
  return safe;
}

/** Escapes control characters, so that a name cannot affect the terminal. */
function quoted(path: string): string {
  return JSON.stringify(path.slice(0, 200)).replace(
    /\p{Cc}/gu,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}
