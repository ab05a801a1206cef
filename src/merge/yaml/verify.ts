import type { KeyChange, KeyPath } from '../result.ts';
import { annotated } from './decide.ts';
import { entryAt, type Sides } from './layout.ts';
import { type Plain, type PlainEntries, samePlain, sameWords } from './plain.ts';
import { readYaml, type YamlFile } from './read.ts';
import { UnsafeMerge } from './splice.ts';

/**
 * Parses a merged text and compares it with the merge of the plain values and with the
 * operator's comments.
 *
 * @param theirs if both sides changed a key, the vendor's value won; comments may be gone with the old value
 * @throws UnsafeMerge
 */
export function verify(
  files: Sides<YamlFile>,
  merged: string,
  changes: readonly KeyChange[],
  theirs: boolean,
): YamlFile {
  const result = readYaml(merged);
  if (result.kind !== 'file') {
    throw new UnsafeMerge(
      `the merged file would be invalid at line ${result.line}: ${result.message}`,
    );
  }
  const plain = {
    base: files.base.plain,
    current: files.current.plain,
    incoming: files.incoming.plain,
  };
  const wanted = mergePlain(plain, theirs, (path, where) =>
    annotated(
      files,
      entryAt(files.base.root, path),
      entryAt(files.current.root, path),
      where === 'around' ? 'drop' : 'take',
    ),
  );
  if (!samePlain(result.file.plain, wanted)) {
    throw new UnsafeMerge('the merged file would not match the merged values');
  }
  const overruled = theirs && changes.some(({ kind }) => kind === 'conflict');
  if (!overruled) requireComments(files, result.file);
  return result.file;
}

/** Every comment of the operator must occur as often as it was written. */
function requireComments({ base, current }: Sides<YamlFile>, result: YamlFile): void {
  const owed = new Map<string, number>();
  const add = (file: YamlFile, by: number) => {
    for (const { text } of file.comments) owed.set(text, (owed.get(text) ?? 0) + by);
  };
  add(current, 1);
  add(base, -1);
  const standing = new Map<string, number>();
  for (const { text } of result.comments) standing.set(text, (standing.get(text) ?? 0) + 1);
  for (const [text, count] of owed) {
    if (count > (standing.get(text) ?? 0)) {
      throw new UnsafeMerge(`your comment "${text}" would be lost`);
    }
  }
}

/**
 * The merge of the plain values only, which a spliced result must equal. It is independent of the
 * code that edits the text, so that an error in either is detected.
 *
 * @param annotated whether the operator wrote comments into the value at a path (`inside`), or into
 *   the value or around its key (`around`), that a vendor's change would remove
 */
export function mergePlain(
  sides: Sides<Plain>,
  theirs: boolean,
  annotated: (path: KeyPath, where: 'inside' | 'around') => boolean,
): Plain | undefined {
  return merge(sides.base, sides.current, sides.incoming, []);

  function merge(
    base: Plain | undefined,
    current: Plain | undefined,
    incoming: Plain | undefined,
    path: KeyPath,
  ): Plain | undefined {
    if (hasEntries(current) && hasEntries(incoming) && current.kind === incoming.kind) {
      const old = hasEntries(base) && base.kind === current.kind ? base : undefined;
      const entries = new Map<string, Plain>();
      for (const key of new Set([...current.entries.keys(), ...incoming.entries.keys()])) {
        const value = merge(
          old?.entries.get(key),
          current.entries.get(key),
          incoming.entries.get(key),
          [...path, key],
        );
        if (value !== undefined) entries.set(key, value);
      }
      return {
        kind: current.kind,
        mark: mergeMark(base?.mark ?? '', current.mark, incoming.mark),
        entries,
      };
    }
    if (samePlain(current, incoming) || samePlain(base, incoming)) return current;
    const where = incoming === undefined ? 'around' : 'inside';
    if (samePlain(base, current) && !(current !== undefined && annotated(path, where)))
      return incoming;
    if (sameWords(base, incoming)) return current;
    return theirs ? incoming : current;
  }

  function mergeMark(base: string, current: string, incoming: string): string {
    if (base === incoming) return current;
    return base === current || theirs ? incoming : current;
  }
}

function hasEntries(plain: Plain | undefined): plain is PlainEntries {
  return plain?.kind === 'map' || plain?.kind === 'list';
}
