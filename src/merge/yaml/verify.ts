import type { KeyChange } from '../result.ts';
import { annotated } from './decide.ts';
import { entryAt } from './path.ts';
import { samePlain } from './plain.ts';
import { mergePlain } from './plain-merge.ts';
import { readYaml, type YamlFile } from './read.ts';
import type { Sides } from './sides.ts';
import { UnsafeMerge } from './splice.ts';

/**
 * Reads a merged text again and holds it against the merge of the plain values and against the
 * operator's comments.
 *
 * @param theirs where both sides changed a key, the vendor won: comments may have gone with it
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
      `the merged file would not be readable at line ${result.line}: ${result.message}`,
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
    throw new UnsafeMerge('the merged file would not mean what both sides wanted');
  }
  const overruled = theirs && changes.some(({ kind }) => kind === 'conflict');
  if (!overruled) requireComments(files, result.file);
  return result.file;
}

/** Every comment that is the operator's own must stand, as often as it was written. */
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
      throw new UnsafeMerge(`the operator's comment "${text}" would be lost`);
    }
  }
}
