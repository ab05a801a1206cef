import { Header } from 'tar';

/** One entry, taken as it is: a hostile path or link is written as given. */
export interface TarEntry {
  readonly path: string;
  readonly content?: string | Buffer;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  /** 0o644, or 0o755 for a folder, where absent. */
  readonly mode?: number;
}

const blockSize = 512;

/** A ustar archive, with GNU tar's entries for long paths, of these entries in this order; the same entries give the same bytes. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(entryBlocks);
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? '');
  const type = entry.type ?? 'File';
  const header = new Header({
    path: entry.path,
    type,
    mode: entry.mode ?? (type === 'Directory' ? 0o755 : 0o644),
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: new Date(0),
    ...(entry.linkpath === undefined ? {} : { linkpath: entry.linkpath }),
  });
  const blocks = [...(header.encode() ? longPath(entry) : []), header.block as Buffer];
  return [...blocks, content, paddingAfter(content)];
}

/** Links with long targets are not made. */
function longPath({ path, linkpath = '' }: TarEntry): Buffer[] {
  if (Buffer.byteLength(linkpath) > 100) throw new Error(`${linkpath} does not fit a header`);
  const content = Buffer.from(`${path}\0`);
  const header = new Header({
    path: '././@LongLink',
    type: 'NextFileHasLongPath',
    mode: 0o644,
    size: content.length,
    mtime: new Date(0),
  });
  header.encode();
  return [header.block as Buffer, content, paddingAfter(content)];
}

function paddingAfter({ length }: Buffer): Buffer {
  return Buffer.alloc((blockSize - (length % blockSize)) % blockSize);
}
