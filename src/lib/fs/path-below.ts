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
