/**
 * The headers of a plain tar archive (POSIX.1-1988 ustar): a backup, or the templates of a release. All entries are regular files and all other fields are
 * fixed, so each entry has exactly one valid header. The reader compares all 512 bytes, which detects any flipped bit.
 */

export const blockSize = 512;

export interface Entry {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  /** Bytes of content. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export function encodeHeader({ name, size, mtime }: Entry): Uint8Array {
  const block = new Uint8Array(blockSize);
  put(block, 0, 100, name);
  put(block, 100, 8, '0000600\0');
  put(block, 108, 8, '0000000\0');
  put(block, 116, 8, '0000000\0');
  put(block, 124, 12, `${octal(size, 11)}\0`);
  put(block, 136, 12, `${octal(mtime, 11)}\0`);
  put(block, 148, 8, '        ');
  put(block, 156, 1, '0');
  put(block, 257, 8, 'ustar\x0000');
  put(block, 329, 16, '0000000\x000000000\0');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(block, 148, 8, `${octal(sum, 6)}\0 `);
  return block;
}

/** @returns `undefined` for a block that `encodeHeader` would not produce */
export function decodeHeader(block: Uint8Array): Entry | undefined {
  const entry = {
    name: text(block, 0, 100),
    size: Number.parseInt(text(block, 124, 11), 8),
    mtime: Number.parseInt(text(block, 136, 11), 8),
  };
  if (!Number.isSafeInteger(entry.size) || !Number.isSafeInteger(entry.mtime)) return undefined;
  const made = encodeHeader(entry);
  return made.every((byte, index) => byte === block[index]) ? entry : undefined;
}

/** The number of zero bytes between a content and the next block. */
export function paddingAfter(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The end of a tar archive: two blocks of zeros. */
export const endSize = 2 * blockSize;

function put(block: Uint8Array, at: number, length: number, content: string): void {
  if (content.length > length) throw new Error(`${content} does not fit into ${length} bytes`);
  for (let index = 0; index < content.length; index++)
    block[at + index] = content.charCodeAt(index);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function text(block: Uint8Array, at: number, length: number): string {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
}
