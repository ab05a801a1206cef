import { sha256 } from './files.ts';

/**
 * Bytes that have a hash: as they are or, if another program converted the line ends of a text (git's core.autocrlf),
 * as they were.
 * @param hash SHA-256 in hex
 * @returns undefined if the content is another one
 */
export function hashedBytes(bytes: Buffer, hash: string | undefined): Buffer | undefined {
  return [(as: Buffer) => as, toLf, toCrlf]
    .map((convert) => convert(bytes))
    .find((converted) => sha256(converted) === hash);
}

function toLf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

function toCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1');
}
