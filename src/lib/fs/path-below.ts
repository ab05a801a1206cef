import * as z from 'zod';

/** A path from a state file, which must stay below the installation. */
export const pathBelow = z
  .string()
  .refine(
    (text) =>
      !text.includes('\0') && text.split('/').every((part) => !['', '.', '..'].includes(part)),
  );

/**
 * An entry's path without `.`, doubled and trailing slashes: `./a//b/` is `a/b`, `./` is empty.
 *
 * @returns undefined if the path is absolute, contains `..`, or contains control characters
 */
export function safePath(path: string): string | undefined {
  // DEL and the C1 controls also affect a terminal that lists the folder.
  if (/\p{Cc}/u.test(path) || path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

/** No bundle or configuration needs more, and every system call accepts them below an installation (PATH_MAX is 4,096). */
const longest = { levels: 32, bytes: 1024, name: 255 };

/** Why no folder gets an entry with this path, as the end of a sentence that begins with the path; undefined if it may. */
export function pathFault(path: string): string | undefined {
  const parts = path.split('/');
  if (parts.length > longest.levels) return `has more than ${longest.levels} levels`;
  // A byte that is not UTF-8 is a lone surrogate here (`nameOf`), or what decoders put instead.
  const bytes = (text: string) => Buffer.byteLength(text.replace(/[\udc80-\udcff\ufffd]/gu, 'x'));
  if (bytes(path) > longest.bytes) return `has more than ${longest.bytes} bytes`;
  const isLong = parts.some((part) => bytes(part) > longest.name);
  return isLong ? `has a name of more than ${longest.name} bytes` : undefined;
}
