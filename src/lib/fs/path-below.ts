import * as z from 'zod';

/** A path below an installation, and nowhere else, as a file of its state names it. */
export const pathBelow = z
  .string()
  .refine(
    (text) =>
      !text.includes('\0') && text.split('/').every((part) => !['', '.', '..'].includes(part)),
  );
