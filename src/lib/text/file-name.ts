/**
 * Names of files are bytes on Linux. One that is not UTF-8 is a text here in which each byte that does not fit is a lone
 * surrogate, U+DC80 to U+DCFF, as in Python (PEP 383): it can be joined, compared and stored in JSON, and `fsPath` turns it back.
 */

const asByte = /[\udc80-\udcff]/gu;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param bytes as the file system has them */
export function nameOf(bytes: Uint8Array): string {
  return decoded(bytes) ?? escaped(bytes);
}

/** The path for calls of the file system: bytes only where a text does not do. */
export function fsPath(path: string): string | Buffer {
  if (!isByteName(path)) return path;
  const parts = [...path].map((character) =>
    isByteName(character)
      ? Buffer.from([character.charCodeAt(0) - 0xdc00])
      : Buffer.from(character, 'utf8'),
  );
  return Buffer.concat(parts);
}

/** Whether the name is not UTF-8. */
export function isByteName(path: string): boolean {
  return path.search(asByte) >= 0;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function escaped(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find(
      (count) => decoded(bytes.subarray(at, at + count)) !== undefined,
    );
    text +=
      length === undefined
        ? String.fromCharCode(0xdc00 + (bytes[at] as number))
        : decoded(bytes.subarray(at, at + length));
    at += length ?? 1;
  }
  return text;
}
