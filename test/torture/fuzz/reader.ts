import type fc from 'fast-check';

/** Something that reads what others wrote: it gives an answer or throws a UserError, and soon. */
export interface Reader {
  readonly name: string;
  readonly texts: fc.Arbitrary<string>;
  read(text: string): unknown;
  /** Of what it has opened to read. */
  close?(): Promise<void>;
}

/** A row of a list of readers. */
export function reader(
  name: string,
  texts: fc.Arbitrary<string>,
  read: (text: string) => unknown,
): Reader {
  return { name, texts, read };
}
