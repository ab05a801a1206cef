import { type KeyChange, type MergeOptions, type MergeResult, stops } from './result.ts';
import { decide } from './yaml/decide.ts';
import { entryAt, type Sides } from './yaml/layout.ts';
import { readYaml, type YamlFile } from './yaml/read.ts';
import { type Renamed, renameKeys } from './yaml/rename.ts';
import { lineAt } from './yaml/source.ts';
import { UnsafeMerge } from './yaml/splice.ts';
import { surplusOf } from './yaml/surplus.ts';
import { verify } from './yaml/verify.ts';
import { weave } from './yaml/weave.ts';

/**
 * Merges a Docker Compose file by YAML paths, rules 1 to 6 of ../shared/DESIGN.md, "Update is a
 * three-way merge". Mappings merge key by key; the lists of a service that Compose treats as sets
 * merge by element; every other sequence is one value. Anchored values change where
 * they are defined. Never throws, and never expands an alias.
 *
 * @param base the last pristine render
 * @param current the operator's file
 * @param incoming the new render
 */
export function mergeYaml(
  base: string,
  current: string,
  incoming: string,
  options: MergeOptions,
): MergeResult {
  const whole = wholeSide(base, current, incoming);
  const read = readAll({ base, current, incoming });
  if (whole !== undefined) {
    const changes = 'files' in read ? changesOfWhole(read.files, whole, options) : [];
    return { kind: 'merged', text: whole === 'current' ? current : incoming, from: whole, changes };
  }
  if (!('files' in read)) return read;
  const theirs = options.onConflict === 'theirs';
  let changes: readonly KeyChange[] = [];
  try {
    const renamed = renameKeys(read.files, options.renames ?? []);
    const { files } = renamed;
    const decision = decide(files, rootsOf(files), theirs);
    changes = [...renamesOf(renamed), ...decision.changes];
    let text = files.current.source.restore(weave(files, decision.outcomes));
    let result = verify(files, text, changes, theirs);
    const surplus = surplusOf(files, result);
    if (surplus.size > 0) {
      text = files.current.source.restore(weave(files, decision.outcomes, surplus));
      result = verify(files, text, changes, theirs);
    }
    const from = text === current ? 'current' : text === incoming ? 'incoming' : 'both';
    const shown = stops(changes, options) ? files.current : result;
    return { kind: 'merged', text, from, changes: withLines(changes, shown) };
  } catch (error) {
    if (error instanceof UnsafeMerge) return { kind: 'unsafe', reason: error.message, changes };
    throw error;
  }
}

/** The side whose bytes are the result, if only one side changed or both made the same change. */
function wholeSide(base: string, current: string, incoming: string) {
  if (incoming === base || current === incoming) return 'current';
  return current === base ? 'incoming' : undefined;
}

function changesOfWhole(
  files: Sides<YamlFile>,
  whole: 'current' | 'incoming',
  options: MergeOptions,
): KeyChange[] {
  try {
    const renamed = renameKeys(files, options.renames ?? []);
    const { changes } = decide(renamed.files, rootsOf(renamed.files), false);
    return withLines([...renamesOf(renamed), ...changes], files[whole]);
  } catch (error) {
    // The bytes are correct, even if the changes cannot be listed.
    if (error instanceof UnsafeMerge) return [];
    throw error;
  }
}

function readAll(texts: Sides<string>): { files: Sides<YamlFile> } | MergeResult {
  const files: Partial<Record<keyof Sides<string>, YamlFile>> = {};
  for (const side of ['current', 'base', 'incoming'] as const) {
    const read = readYaml(texts[side]);
    if (read.kind === 'fault') {
      const { line, column, message } = read;
      return { kind: 'unreadable', fault: { side, line, column, message } };
    }
    if (read.kind === 'unmergeable') {
      const reason = `line ${read.line} of ${side} has ${read.message}`;
      return { kind: 'unsafe', reason, changes: [] };
    }
    files[side] = read.file;
  }
  return { files: files as Sides<YamlFile> };
}

function rootsOf({ base, current, incoming }: Sides<YamlFile>) {
  return { base: base.root, current: current.root, incoming: incoming.root };
}

function renamesOf({ done }: Renamed): KeyChange[] {
  return done.map(({ from, to }) => ({ path: to, from, kind: 'renamed' }));
}

function withLines(changes: readonly KeyChange[], { root, source }: YamlFile): KeyChange[] {
  return changes.map((change) => {
    const entry = entryAt(root, change.path);
    return entry === undefined ? change : { ...change, line: lineAt(source, entry.start) + 1 };
  });
}
