import type { TomlDocument } from '../toml/document.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { type PlainTable, toPlain } from './plain.ts';
import { type KeyChange, type MergeOptions, type MergeResult, stops } from './result.ts';
import { locateChanges } from './toml/toml-lines.ts';
import { renameKeys } from './toml/toml-rename.ts';
import { TomlSplicer } from './toml/toml-splicer.ts';
import { findDoubt, mergePlain, renamePlain } from './toml/toml-verify.ts';
import { TomlWalk } from './toml/toml-walk.ts';

/**
 * Merges a TOML config file: what the vendor changed from `base` to `incoming` is spliced into
 * `current`, the operator's file; everything else in it keeps its bytes. Rules: DESIGN.md, "Update is a
 * three-way merge". Never throws.
 */
export function mergeToml(
  base: string,
  current: string,
  incoming: string,
  options: MergeOptions,
): MergeResult {
  if (incoming === current) {
    return { kind: 'merged', text: current, from: 'current', changes: [] };
  }
  const sides: Sides = {
    base: parseToml(base),
    current: parseToml(current),
    incoming: parseToml(incoming),
  };
  if (incoming === base) {
    return { kind: 'merged', text: current, from: 'current', changes: changesOf(sides, options) };
  }
  const untouched = base === current;
  for (const side of ['current', 'incoming', 'base'] as const) {
    const parsed = sides[side];
    // An unedited file is replaced by the vendor's, even if it was invalid.
    if (parsed.ok || (untouched && side !== 'incoming')) continue;
    return { kind: 'unreadable', fault: { side, ...parsed.fault } };
  }
  if (untouched) {
    return { kind: 'merged', text: incoming, from: 'incoming', changes: changesOf(sides, options) };
  }
  return mergeTouched(sides, options);
}

type Sides = Readonly<Record<'base' | 'current' | 'incoming', ReturnType<typeof parseToml>>>;

interface Spliced {
  readonly text: string;
  /** The operator's file with the renamed keys. */
  readonly own: TomlDocument;
  readonly changes: readonly KeyChange[];
  /** The values that the text must have. */
  readonly expected: PlainTable;
}

function mergeTouched(sides: Sides, options: MergeOptions): MergeResult {
  const spliced = attempt(() => splice(sides, options));
  if (!spliced) {
    const reason = 'The edits overlap, or the file is nested too deeply';
    return { kind: 'unsafe', reason, changes: [] };
  }
  const { text, own, changes, expected } = spliced;
  const result = parseToml(text);
  const { base, current } = sides;
  const doubt =
    result.ok && base.ok && current.ok
      ? findDoubt(base.document, current.document, result.document, expected)
      : 'The merged text is not valid TOML';
  if (doubt !== undefined || !result.ok) return { kind: 'unsafe', reason: doubt ?? '', changes };
  const shown = stops(changes, options) ? own : result.document;
  const from = current.ok && text === current.document.text ? 'current' : 'both';
  return { kind: 'merged', text, from, changes: locateChanges(changes, shown) };
}

/** The changes if one side is used byte for byte. */
function changesOf(sides: Sides, options: MergeOptions): readonly KeyChange[] {
  const { base, current, incoming } = sides;
  const spliced = attempt(() => splice(sides, options));
  const taken = base.ok && current.ok && base.document.text === current.document.text;
  const result = taken ? incoming : current;
  return spliced && result.ok ? locateChanges(spliced.changes, result.document) : [];
}

/** @throws RangeError if edits overlap or a document is nested too deeply */
function splice({ base, current, incoming }: Sides, options: MergeOptions): Spliced | undefined {
  if (!base.ok || !current.ok || !incoming.ok) return undefined;
  const known = new Set(base.document.comments);
  const isKnown = (comment: string) => known.has(comment);
  const documents = { base: base.document, current: current.document, incoming: incoming.document };
  const renamed = renameKeys(documents, options.renames ?? []);
  const splicer = new TomlSplicer(renamed.current, incoming.document);
  const walk = new TomlWalk(splicer, isKnown, options.onConflict);
  walk.merge(renamed.base.root, renamed.current.root, incoming.document.root);

  let [plainBase, plainCurrent] = [toPlain(base.document, known), toPlain(current.document, known)];
  for (const { inBase, inCurrent } of renamed.applied) {
    plainBase = renamePlain(plainBase, inBase);
    plainCurrent = renamePlain(plainCurrent, inCurrent);
  }
  const plainIncoming = toPlain(incoming.document, known);
  return {
    text: splicer.text(),
    own: renamed.current,
    changes: [...renamed.changes, ...walk.changes],
    expected: mergePlain(plainBase, plainCurrent, plainIncoming, options.onConflict),
  };
}

function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}
