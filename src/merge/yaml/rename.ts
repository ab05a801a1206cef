import { stringify } from 'yaml';
import { orderedRenames, type Rename, throughEarlier } from '../renames.ts';
import type { KeyPath } from '../result.ts';
import { indentStyleOf, shifted, shiftsOf } from './indent.ts';
import { type Body, bodyAt, type Entry, entryAt, type Sides } from './layout.ts';
import { samePlain } from './plain.ts';
import { readYaml, type YamlFile } from './read.ts';
import { startOf } from './source.ts';
import { type Edit, splice, UnsafeMerge } from './splice.ts';

export interface Renamed {
  readonly files: Sides<YamlFile>;
  /** The renames that affected the operator's file. */
  readonly done: readonly Rename[];
}

/**
 * Applies the release's new key names to base and current, so that the merge finds the operator's value
 * and comments under them. A rename that is not possible (the new name is in use, the new parent is
 * missing, it is an element of a list) is skipped: the old key then counts as dropped by the vendor.
 *
 * @throws UnsafeMerge
 */
export function renameKeys(files: Sides<YamlFile>, renames: readonly Rename[]): Renamed {
  let { base, current } = files;
  const { incoming } = files;
  const done: Rename[] = [];
  const earlier: Rename[] = [];
  for (const { from: written, to } of orderedRenames(renames)) {
    const from = throughEarlier(written, earlier);
    const wanted = has(incoming, to) && !has(incoming, from) && has(base, from) && !has(base, to);
    if (!wanted || has(current, to)) continue;
    const newBase = moveKey(base, from, to);
    const newCurrent = has(current, from) ? moveKey(current, from, to) : current;
    if (newBase === undefined || newCurrent === undefined) continue;
    earlier.push({ from: written, to });
    if (newCurrent !== current) done.push({ from: written, to });
    base = newBase;
    current = newCurrent;
  }
  return { files: { base, current, incoming }, done };
}

function has(file: YamlFile, path: KeyPath): boolean {
  return entryAt(file.root, path) !== undefined;
}

function moveKey(file: YamlFile, from: KeyPath, to: KeyPath): YamlFile | undefined {
  const { source, root } = file;
  const entry = entryAt(root, from);
  const parent = bodyAt(root, to.slice(0, -1));
  const stays = parent === bodyAt(root, from.slice(0, -1));
  if (!entry?.keyNode?.range) return undefined;
  const [start, end] = entry.keyNode.range;
  const key = keyText(String(to.at(-1)));
  const edits = stays ? [{ start, end, text: key }] : moveEntry(file, entry, parent, key);
  if (edits === undefined) return undefined;
  const result = readYaml(source.restore(splice(source.text, edits)));
  if (
    result.kind !== 'file' ||
    result.file.comments.length !== file.comments.length ||
    !samePlain(entryAt(result.file.root, to)?.plain, entry.plain)
  ) {
    throw new UnsafeMerge(`${from.join('.')} cannot be renamed to ${to.join('.')} here`);
  }
  return result.file;
}

/** Moves a block entry, with the comments directly above it, to the end of another block. */
function moveEntry(
  file: YamlFile,
  entry: Entry,
  parent: Body | undefined,
  key: string,
): Edit[] | undefined {
  const { lines, keyNode } = entry;
  if (lines === undefined || parent?.style !== 'block' || !keyNode?.range) return undefined;
  const { source } = file;
  const shiftOf = shiftsOf(file, entry, parent.column, indentStyleOf(source, file.rootToken));
  const [keyStart, keyEnd] = keyNode.range;
  const from = startOf(source, lines.head);
  const to = startOf(source, lines.end);
  const at = startOf(source, parent.gapLine);
  if (at > from && at < to) return undefined;
  const text =
    shifted(source, from, keyStart, shiftOf, source.eol) +
    key +
    shifted(source, keyEnd, to, shiftOf, source.eol);
  return [
    { start: from, end: to, text: '' },
    { start: at, end: at, text },
  ];
}

/** Quoted if YAML 1.1 or 1.2 reads it as something else than a text: `on`, `null`. */
function keyText(key: string): string {
  if (!/^[A-Za-z_][\w.-]*$/.test(key)) return JSON.stringify(key);
  return stringify(key, { compat: 'yaml-1.1', lineWidth: 0 }).trim();
}
