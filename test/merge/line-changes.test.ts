import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineChanges } from '../../src/merge/line-changes.ts';
import { propertyRuns } from './support/runs.ts';

const line = fc.oneof(fc.constantFrom('a', 'b', '__proto__'), fc.nat(20).map(String));
const lines = fc.array(line, { maxLength: 30 });

/** The old lines with the changes made to them. */
function changed(old: readonly string[], now: readonly string[]): string[] {
  const result = [...old];
  for (const { before, removed, after, added } of lineChanges(old, now).reverse()) {
    result.splice(before, removed, ...now.slice(after, after + added));
  }
  return result;
}

describe('lineChanges', () => {
  it('turns the old lines into the new ones, with a common line between two changes', () => {
    fc.assert(
      fc.property(lines, lines, (old, now) => {
        expect(changed(old, now)).toEqual(now);
        let at = -1;
        for (const { before, removed, added } of lineChanges(old, now)) {
          expect(before).toBeGreaterThan(at);
          expect(removed + added).toBeGreaterThan(0);
          at = before + removed;
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it('matches a line that each text has once, between lines that repeat', () => {
    expect(lineChanges(['}', 'x', '}'], ['}', '}', 'x', 'y', '}'])).toEqual([
      { before: 1, removed: 0, after: 1, added: 1 },
      { before: 2, removed: 0, after: 3, added: 1 },
    ]);
  });

  it('matches repeated lines', () => {
    expect(lineChanges(['a', 'a', 'b', 'b', 'a'], ['a', 'b', 'b', 'a', 'a'])).toHaveLength(2);
  });

  // With an algorithm whose time grows with the square of the lines, these take minutes to hours.
  it('takes tens of thousands of equal lines with insertions', () => {
    const old = new Array<string>(40_000).fill('}');
    const now = old.flatMap((each, n) => (n % 7 === 0 ? [each, 'own'] : [each]));
    expect(lineChanges(old, now)).toHaveLength(Math.ceil(old.length / 7));
  });

  it('takes tens of thousands of lines of which few kinds exist, and whose order has nothing in common', () => {
    const [old, now] = [3, 5].map((step) =>
      Array.from({ length: 40_000 }, (_, n) => `${(n * n * step) % 7}`),
    ) as [string[], string[]];
    expect(changed(old, now).join()).toBe(now.join());
  });

  it('takes tens of thousands of lines that all changed', () => {
    const lines = (kind: string) => Array.from({ length: 40_000 }, (_, n) => `${kind} ${n}`);
    expect(lineChanges(lines('a'), lines('b'))).toEqual([
      { before: 0, removed: 40_000, after: 0, added: 40_000 },
    ]);
  });
});
