import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import type { MergeOptions } from '../../src/merge/result.ts';
import { document, operatorStyle } from './support/compose-arbitrary.ts';
import {
  addLines,
  applyEdits,
  noise,
  operatorEdit,
  operatorSilentEdit,
  vendorEdit,
  vendorFreshEdit,
} from './support/compose-edits.ts';
import { render, vendorStyle } from './support/compose-model.ts';
import { equal, isEntries, mergeOracle, type Oracle, readOracle } from './support/plain-oracle.ts';
import { propertyRuns } from './support/runs.ts';

// The number of cases is the caller's choice, and so is how long they take.
vi.setConfig({ testTimeout: 3_600_000 });

const ours = { onConflict: 'ours' } as const;

interface Triple {
  readonly base: string;
  readonly current: string;
  readonly incoming: string;
}

/** A release, the operator's file made from it, and the next release. */
function triples(
  edit: typeof operatorEdit,
  operatorNoise: typeof noise = fc.constant([]),
  vendors: typeof vendorEdit = vendorEdit,
) {
  return fc
    .record({
      document,
      edits: fc.array(edit, { maxLength: 5 }),
      vendorEdits: fc.array(vendors, { maxLength: 6 }),
      style: fc.option(operatorStyle, { nil: vendorStyle }),
      lines: operatorNoise,
    })
    .map(
      ({ document, edits, vendorEdits, style, lines }): Triple => ({
        base: render(document, vendorStyle),
        current: addLines(render(applyEdits(document, edits), style), lines),
        incoming: render(applyEdits(document, vendorEdits), vendorStyle),
      }),
    );
}

function merged({ base, current, incoming }: Triple, options: MergeOptions = ours): string {
  const result = mergeYaml(base, current, incoming, options);
  if (result.kind !== 'merged') throw new Error(JSON.stringify(result));
  return result.text;
}

function check(edit: typeof operatorEdit, law: (triple: Triple) => void): void {
  fc.assert(fc.property(triples(edit), law), { numRuns: propertyRuns });
}

describe('a merge of Compose files', () => {
  it('is the other side, to the byte, where one side changed nothing or both did the same', () => {
    check(operatorEdit, ({ base, current, incoming }) => {
      expect(merged({ base, current: base, incoming })).toBe(incoming);
      expect(merged({ base, current, incoming: base })).toBe(current);
      expect(merged({ base, current, incoming: current })).toBe(current);
    });
  });

  it('means what a merge of the plain values means, whoever wins', () => {
    check(operatorSilentEdit, (triple) => {
      // A value that is written again in another style may show comments, which keep it from going with the vendor's.
      fc.pre(hasNoMoreComments(triple.current, triple.base));
      const [base, current, incoming] = [
        readOracle(triple.base),
        readOracle(triple.current),
        readOracle(triple.incoming),
      ];
      expect(equal(readOracle(merged(triple)), mergeOracle(base, current, incoming))).toBe(true);
      const theirs = readOracle(merged(triple, { onConflict: 'theirs' }));
      expect(equal(theirs, mergeOracle(base, incoming, current))).toBe(true);
    });
  });

  it('lets every edit of the operator stand, and keeps the order of the keys', () => {
    check(operatorEdit, (triple) => {
      const result = readOracle(merged(triple));
      requireEdits(readOracle(triple.base), readOracle(triple.current), result);
    });
  });

  it("lets every comment of the operator's stand once", () => {
    check(operatorEdit, (triple) => {
      const text = merged(triple);
      expect(ownComments(text)).toEqual(ownComments(triple.current));
    });
  });

  it("lets the operator's comments stand wherever and however crookedly they were put", () => {
    fc.assert(
      fc.property(triples(operatorEdit, noise), (triple) => {
        fc.pre(isReadable(triple.current));
        const result = mergeYaml(triple.base, triple.current, triple.incoming, ours);
        if (result.kind !== 'merged') {
          // A comment further right than a block scalar that comes in above it would be its text.
          expect(result.kind).toBe('unsafe');
          expect(triple.incoming).toMatch(/: [|>]/);
          return;
        }
        expect(ownComments(result.text)).toEqual(ownComments(triple.current));
        requireEdits(readOracle(triple.base), readOracle(triple.current), readOracle(result.text));
      }),
      { numRuns: propertyRuns },
    );
  });

  it("doubles none of the vendor's comments", () => {
    // A comment that both sides write again, or the vendor twice, word for word, cannot be told from a doubled one.
    const silent = triples(operatorSilentEdit, fc.constant([]), vendorFreshEdit);
    const law = (triple: Triple) => {
      const result = mergeYaml(triple.base, triple.current, triple.incoming, ours);
      fc.pre(result.kind === 'merged' && result.changes.every(({ kind }) => kind !== 'conflict'));
      const [current, incoming, now] = [
        triple.current,
        triple.incoming,
        result.kind === 'merged' ? result.text : '',
      ].map(countComments);
      for (const [comment, count] of now ?? []) {
        if (!/\w/.test(comment)) continue;
        const [is, willBe] = [current?.get(comment) ?? 0, incoming?.get(comment) ?? 0];
        expect(count, comment).toBeLessThanOrEqual(Math.max(is, willBe));
      }
    };
    fc.assert(fc.property(silent, law), { numRuns: propertyRuns });
  });

  it('changes nothing when it is done again', () => {
    check(operatorEdit, (triple) => {
      const text = merged(triple);
      expect(merged({ ...triple, current: text })).toBe(text);
      expect(merged({ ...triple, base: triple.incoming, current: text })).toBe(text);
    });
  });
});

function ownComments(text: string): string[] {
  return (text.match(/# op \d+/g) ?? []).sort();
}

/** Counts lines that are a comment, and comments behind a value; none of the values has "  #", and scalars say which are none. */
function countComments(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [comment] of text.matchAll(/(?<=^ *| {2})#(?! no comment).*$/gm)) {
    counts.set(comment, (counts.get(comment) ?? 0) + 1);
  }
  return counts;
}

function hasNoMoreComments(text: string, than: string): boolean {
  const before = countComments(than);
  return [...countComments(text)].every(([comment, n]) => n <= (before.get(comment) ?? 0));
}

function isReadable(text: string): boolean {
  try {
    readOracle(text);
    return true;
  } catch {
    return false;
  }
}

/** Where current differs from base, result must be as current is. */
function requireEdits(
  base: Oracle | undefined,
  current: Oracle | undefined,
  result: Oracle | undefined,
): void {
  if (equal(base, current)) return;
  if (!isEntries(base) || !isEntries(current) || !isEntries(result)) {
    if (isEntries(current) && isEntries(result)) requireEdits(new Map(), current, result);
    else expect(result).toEqual(current);
    return;
  }
  const keys = [...result.keys()].filter((key) => current.has(key));
  expect(keys).toEqual([...current.keys()].filter((key) => result.has(key)));
  for (const key of new Set([...base.keys(), ...current.keys()])) {
    requireEdits(base.get(key), current.get(key), result.get(key));
  }
}
