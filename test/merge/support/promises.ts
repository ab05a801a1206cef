/** What must hold of every merge, whatever the three texts. */
import { parse } from '@iarna/toml';
import { expect } from 'vitest';
import { type MergeResult, type OnConflict, stops } from '../../../src/merge/result.ts';
import type { TomlDocument } from '../../../src/toml/document.ts';
import { commonNames, type Flat, flatten, read } from './flat.ts';

export interface Case {
  readonly base: string;
  readonly current: string;
  readonly incoming: string;
  readonly onConflict: OnConflict;
}

export function expectPromisesKept(triple: Case, result: MergeResult): void {
  if (result.kind !== 'merged') throw new Error(`not merged: ${JSON.stringify(result)}`);
  const { base, current, incoming, onConflict } = triple;
  const texts = [base, current, incoming, result.text];
  const documents = texts.map(read);
  const name = commonNames(documents);
  const flats = documents.map((document) => flatten(document, name));
  const [b, c, i, r] = flats as [Flat, Flat, Flat, Flat];

  expectOperatorComments(triple, documents);
  expectReadableByOthers(texts);
  // A side that was taken to the byte has its own order and lines.
  if (onConflict !== 'theirs' && result.from === 'both') {
    expectOperatorValues(b, c, r);
    expectOrder(c, r);
    expectSameLines(b, c, i, r);
  }
  expectVendorChanges(b, c, i, r, onConflict);
  expectLines(result, (stops(result.changes, { onConflict }) ? c : r).document);
}

/** Every value that differs from base stands byte for byte; a key that was taken out stays out. */
function expectOperatorValues(b: Flat, c: Flat, r: Flat): void {
  for (const [path, leaf] of c.leaves) {
    // An array of tables that the operator wrote as an array is not an other value.
    if (b.leaves.get(path)?.means !== leaf.means && b.kinds.get(path) !== 'list') {
      expect([path, r.leaves.get(path)?.literal]).toEqual([path, leaf.literal]);
    }
  }
  for (const path of b.leaves.keys()) {
    if (!c.leaves.has(path)) expect([path, r.leaves.has(path)]).toEqual([path, false]);
  }
}

/** What the operator left alone follows the vendor. */
function expectVendorChanges(b: Flat, c: Flat, i: Flat, r: Flat, onConflict: OnConflict): void {
  for (const path of new Set([...b.leaves.keys(), ...c.leaves.keys(), ...i.leaves.keys()])) {
    const [before, now, next] = [b, c, i].map((flat) => flat.leaves.get(path)?.means);
    const after = r.leaves.get(path)?.means;
    if (before === now && next !== undefined && now !== undefined) {
      expect([path, after]).toEqual([path, next]);
    } else if (
      before === undefined &&
      now === undefined &&
      !isBarred(path, b, c, i) &&
      !isArray(path, i, r)
    ) {
      expect([path, after]).toEqual([path, next]);
    } else if (
      before === now &&
      next === undefined &&
      after !== undefined &&
      // A value that became an array of tables comes into an inline table as one array.
      i.kinds.get(path) !== 'list'
    ) {
      expect([path, after]).toEqual([path, now]);
    } else if (onConflict === 'theirs' && now !== undefined && next !== undefined) {
      const expected = before === next ? now : next;
      expect([path, after]).toEqual([path, expected]);
    }
  }
}

/** Whether something of the operator's keeps a new key out: a deleted table, or another kind. */
function isBarred(path: string, b: Flat, c: Flat, i: Flat): boolean {
  const steps = path.split('/');
  return steps.some((_, n) => {
    const at = steps.slice(0, n + 1).join('/');
    const [before, now, next] = [b.kinds.get(at), c.kinds.get(at), i.kinds.get(at)];
    return now === undefined ? before !== undefined : now !== next || (before ?? now) !== now;
  });
}

/** Whether an array of tables could only come in as an array, into an inline table. */
function isArray(path: string, i: Flat, r: Flat): boolean {
  return [...i.kinds].some(
    ([at, kind]) => kind === 'list' && path.startsWith(`${at}/`) && r.kinds.get(at) === 'entry',
  );
}

function expectOrder(c: Flat, r: Flat): void {
  const before = [...c.leaves].filter(([path]) => r.leaves.has(path));
  const after = [...r.leaves].filter(([path]) => c.leaves.has(path));
  const inFile = (leaves: typeof before) =>
    leaves
      .sort(([, x], [, y]) => x.entry.keyRange.start - y.entry.keyRange.start)
      .map(([path]) => path);
  expect(inFile(after)).toEqual(inFile(before));
}

/** A statement that neither side changed keeps its line, its comments and the blanks in it. */
function expectSameLines(b: Flat, c: Flat, i: Flat, r: Flat): void {
  for (const [path, leaf] of c.leaves) {
    const after = r.leaves.get(path);
    const [before, next] = [b.leaves.get(path), i.leaves.get(path)];
    if (!after || after.means !== leaf.means) continue;
    if (leaf.entry.pair.container.kind !== 'section') continue;
    const vendorWords =
      next && JSON.stringify([next.entry.comments, next.entry.pair.statement.remarks.trail]);
    const words =
      before && JSON.stringify([before.entry.comments, before.entry.pair.statement.remarks.trail]);
    if (before && vendorWords !== words) continue;
    const line = (flat: Flat, { entry }: typeof leaf) => {
      const { start, end } = entry.pair.statement;
      return flat.document.text.slice(start, end).trimEnd();
    };
    expect(line(r, after)).toBe(line(c, leaf));
  }
}

export function expectOperatorComments(
  { base, incoming }: Case,
  documents: readonly TomlDocument[],
): void {
  const [, current, , result] = documents;
  const [now, after] = [countOf(current), countOf(result)];
  for (const [comment, count] of now) {
    if (!base.includes(comment) && !incoming.includes(comment)) {
      expect([comment, after.get(comment) ?? 0]).toEqual([comment, count]);
    }
  }
}

function countOf(document: TomlDocument | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of document?.comments ?? []) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/**
 * The other parser reads an older TOML: asked only where it reads all three that went in. Kept
 * from it are keys of Object.prototype (`[constructor]` makes it write to the global `Object`) and
 * local times and dates (which it reads or not by what comes behind them: a comment, a brace).
 */
function expectReadableByOthers(texts: readonly string[]): void {
  if (texts.some((text) => /constructor|__proto__|=\s*\d\d:\d\d|\d-\d\d /.test(text))) return;
  const [base, current, incoming, result] = texts;
  const reads = (text: string | undefined): boolean => {
    try {
      parse(text?.replace('\ufeff', '') ?? '');
      return true;
    } catch {
      return false;
    }
  };
  if ([base, current, incoming].every(reads))
    expect([result, reads(result)]).toEqual([result, true]);
}

/** Every line that is reported is the line of a key, in the file that stands afterwards. */
function expectLines(result: MergeResult & { kind: 'merged' }, document: TomlDocument): void {
  const lines = document.text.split('\n');
  for (const { path, line } of result.changes) {
    if (line !== undefined) expect(lines[line - 1]).toMatch(/=|^\s*\[/);
    expect(path.length).toBeGreaterThan(0);
  }
}
