import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stretchesOf } from '../../src/merge/stretches.ts';
import { propertyRuns } from './support/runs.ts';

const line = fc.oneof(fc.constantFrom('a', 'b', '__proto__'), fc.nat(20).map(String));
const texts = fc.array(fc.array(line, { maxLength: 30 }), { minLength: 2, maxLength: 3 });

describe('stretchesOf', () => {
  it('leaves out only lines that all the texts have, in the same order', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const stretches = stretchesOf(all);
        const rests = all.map((text, i) => {
          const rest = [...text];
          for (const { starts, lines } of [...stretches].reverse()) {
            const own = lines[i] ?? [];
            expect(rest.splice(starts[i] ?? 0, own.length)).toEqual(own);
          }
          return rest;
        });
        for (const rest of rests) expect(rest).toEqual(rests[0]);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('cuts at a line that each text has once, between lines that repeat', () => {
    expect(
      stretchesOf([
        ['}', 'x', '}'],
        ['}', '}', 'x', 'y', '}'],
      ]),
    ).toEqual([
      { starts: [1, 1], lines: [[], ['}']] },
      { starts: [2, 3], lines: [[], ['y']] },
    ]);
  });
});
