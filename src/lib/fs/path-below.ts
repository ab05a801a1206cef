import * as z from 'zod';

/** A path below an installation, and nowhere else, as a file of its state names it. */
export const pathBelow = z
  .string()
  .refine(
    (text) =>
      !text.includes('\0') && text.split('/').every((part) => !['', '.', '..'].includes(part)),
  );

/**
 * An entry's path without `.`, doubled and trailing slashes: `./a//b/` is `a/b`, `./` is empty.
 *
 * @returns undefined where the path is absolute, climbs by `..`, or has control characters
 */
export function safePath(path: string): string | undefined {
  // DEL and the C1 controls, too, mean something to a terminal that lists the folder.
  if (/\p{Cc}/u.test(path) || path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}
