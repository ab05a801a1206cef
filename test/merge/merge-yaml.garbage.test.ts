import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import type { MergeResult } from '../../src/merge/result.ts';
import { document, operatorStyle } from './support/compose-arbitrary.ts';
import { applyEdits, operatorEdit, vendorEdit } from './support/compose-edits.ts';
import { render, vendorStyle } from './support/compose-model.ts';
import { readOracle } from './support/plain-oracle.ts';
import { propertyRuns } from './support/runs.ts';

vi.setConfig({ testTimeout: 3_600_000 });

/** The pieces that YAML is made of, in any order. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'b',
        'services',
        'x y',
        '"q"',
        "'s'",
        '0644',
        '~',
        '<<',
        '*a',
        '&a',
        '!t',
      ),
      fc.constantFrom(
        ':',
        ': ',
        ':\n',
        '- ',
        '? ',
        ', ',
        '[',
        ']',
        '{',
        '}',
        '|',
        '>-',
        '|+',
        '#',
        ' # c',
      ),
      fc.constantFrom(
        '\n',
        '\n  ',
        '\n    ',
        '\r\n',
        '\t',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        '\uFEFF',
      ),
      fc.string({ maxLength: 3, unit: 'binary' }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

const onConflict = fc.constantFrom('ours', 'theirs', 'stop' as const);

/** Nothing may be claimed to be merged that cannot be read. */
function requireSound(result: MergeResult, ...inputs: string[]): void {
  if (result.kind !== 'merged') return;
  if (result.from === 'both') readOracle(result.text);
  else expect(inputs).toContain(result.text);
}

describe('a merge of anything', () => {
  it('neither throws nor gives back an unreadable file, whatever it is given', () => {
    fc.assert(
      fc.property(soup, soup, soup, onConflict, (base, current, incoming, onConflict) => {
        requireSound(mergeYaml(base, current, incoming, { onConflict }), base, current, incoming);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('stays sound when a good file has been damaged anywhere', () => {
    const damage = fc.array(
      fc.record({ at: fc.nat(2000), remove: fc.nat(8), insert: soup.map((s) => s.slice(0, 6)) }),
      { minLength: 1, maxLength: 3 },
    );
    const hurt = (
      text: string,
      wounds: readonly { at: number; remove: number; insert: string }[],
    ) =>
      wounds.reduce((now, { at, remove, insert }) => {
        const from = at % (now.length + 1);
        return now.slice(0, from) + insert + now.slice(from + remove);
      }, text);
    fc.assert(
      fc.property(
        document,
        fc.array(operatorEdit, { maxLength: 3 }),
        fc.array(vendorEdit, { maxLength: 4 }),
        operatorStyle,
        fc.tuple(damage, damage, fc.boolean()),
        onConflict,
        (fields, edits, vendorEdits, style, [first, second, both], onConflict) => {
          const base = render(fields, vendorStyle);
          const current = hurt(render(applyEdits(fields, edits), style), first);
          const whole = render(applyEdits(fields, vendorEdits), vendorStyle);
          const incoming = both ? hurt(whole, second) : whole;
          requireSound(mergeYaml(base, current, incoming, { onConflict }), base, current, incoming);
        },
      ),
      { numRuns: propertyRuns },
    );
  });
});
