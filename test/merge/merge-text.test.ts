import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { mergeText } from '../../src/merge/merge-text.ts';
import { propertyRuns } from './support/runs.ts';

vi.setConfig({ testTimeout: 3_600_000 });

const ours = { onConflict: 'ours' } as const;

function merged(base: string, current: string, incoming: string, options = ours) {
  const result = mergeText(base, current, incoming, options);
  if (result.kind !== 'merged') throw new Error(result.kind);
  return result;
}

it.each([
  ['ours', 5],
  ['stop', 3],
] as const)(
  'the line of a conflict is that of the file which stands after %s',
  (onConflict, line) => {
    const [base, current, incoming] = ['a\nb\nc\n', 'a\nb\nmine\n', 'a\n1\n2\nb\nC\n'];
    const result = mergeText(base, current, incoming, { onConflict });
    expect(result).toMatchObject({ changes: [{ kind: 'conflict', line }] });
  },
);

const line = fc.constantFrom('a', 'b', 'c', '', '}', '<<<<<<< x', '__proto__', '\t#');
const lines = fc.array(line, { maxLength: 20 });
const text = fc
  .tuple(lines, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([all, end, ended]) => all.join(end) + (ended ? end : ''));

/** Numbered lines, and what a side did to them: nothing, a new text, gone, or one more after it. */
const edits = fc.dictionary(
  fc.nat(29).map(String),
  fc.constantFrom('change', 'remove', 'append' as const),
  { maxKeys: 4 },
);

function edit(by: Record<string, 'change' | 'remove' | 'append'>, side: string): string[] {
  return Array.from({ length: 30 }, (_, i) => {
    const own = `line ${i}`;
    switch (by[i]) {
      case 'change':
        return [`${own} of ${side}`];
      case 'remove':
        return [];
      case 'append':
        return [own, `more of ${side} after ${i}`];
      default:
        return [own];
    }
  }).flat();
}

describe('mergeText', () => {
  it('is the other side, to the byte, where one side changed nothing or both did the same', () => {
    fc.assert(
      fc.property(text, text, (base, other) => {
        expect(merged(base, base, other).text).toBe(other);
        expect(merged(base, other, base).text).toBe(other);
        expect(merged(base, other, other).text).toBe(other);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('never throws, and only ever gives lines of the two sides, in whole', () => {
    fc.assert(
      fc.property(text, text, text, fc.constantFrom('ours', 'theirs' as const), (b, c, i, side) => {
        const result = mergeText(b, c, i, { onConflict: side });
        const known = new Set([...c.split(/\r?\n/), ...i.split(/\r?\n/)]);
        if (result.kind !== 'merged') throw new Error(result.kind);
        for (const one of result.text.split(/\r?\n/)) expect(known).toContain(one);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('takes in every change that does not touch one of the other side, and loses none', () => {
    fc.assert(
      fc.property(edits, edits, (mine, vendors) => {
        const near = (i: string) =>
          Object.keys(mine).some((j) => Math.abs(Number(i) - Number(j)) < 3);
        const apart = Object.fromEntries(Object.entries(vendors).filter(([i]) => !near(i)));
        const result = merged(
          edit({}, '').join('\n'),
          edit(mine, 'the operator').join('\n'),
          edit(apart, 'the vendor').join('\n'),
        );
        const both = Array.from({ length: 30 }, (_, i) => {
          const own = mine[i] === undefined ? apart : mine;
          return own[i] === undefined
            ? [`line ${i}`]
            : edit({ [i]: own[i] }, own === mine ? 'the operator' : 'the vendor').slice(
                i,
                i + { change: 1, remove: 0, append: 2 }[own[i]],
              );
        }).flat();
        expect(result.text).toBe(both.join('\n'));
        expect(result.changes).toEqual([]);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('lets every line of the operator stand where both changed the same place', () => {
    fc.assert(
      fc.property(edits, edits, (mine, vendors) => {
        const own = edit(mine, 'the operator');
        const result = merged(
          edit({}, '').join('\n'),
          own.join('\n'),
          edit(vendors, 'the vendor').join('\n'),
        );
        const now = result.text.split('\n');
        for (const one of own) if (one.includes('operator')) expect(now).toContain(one);
        for (const [i, what] of Object.entries(mine)) {
          if (what !== 'append') expect(now).not.toContain(`line ${i}`);
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it('reports a conflict with the line at which it stands', () => {
    const result = merged('a\nb\nc\n', 'a\nB\nc\n', '0\na\nb2\nc\n'.replace('a\n', 'a\n'));
    expect(result).toMatchObject({ text: '0\na\nB\nc\n', from: 'both' });
    expect(result.changes).toEqual([{ path: [], kind: 'conflict', line: 3 }]);
  });

  it('follows a change of line ends on either side', () => {
    const windows = (s: string) => s.replaceAll('\n', '\r\n');
    const base = 'a\nb\nc\nd\n';
    expect(merged(base, windows('A\nb\nc\nd\n'), 'a\nb\nc\nD\n').text).toBe(
      windows('A\nb\nc\nD\n'),
    );
    expect(merged(base, 'A\nb\nc\nd\n', windows('a\nb\nc\nD\n')).text).toBe(
      windows('A\nb\nc\nD\n'),
    );
  });

  it('leaves mixed line ends as the operator has them', () => {
    expect(merged('a\nb\nc\nd\n', 'A\r\nb\nc\nd\n', 'a\nb\nc\nD\n').text).toBe('A\r\nb\nc\nD\n');
  });

  it('takes the last line end from the side that changed it', () => {
    expect(merged('a\nb\nc', 'A\nb\nc\n', 'a\nb\nC').text).toBe('A\nb\nC\n');
    expect(merged('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC').text).toBe('A\nb\nC');
  });

  it('finds no conflict where the sides inserted lines at different places among equal ones', () => {
    const base = ['x', '}', '}', '}', '}', 'y'];
    const own = ['x', 'own', '}', '}', '}', '}', 'y'];
    const vendors = ['x', '}', '}', '}', 'new', '}', 'y'];
    const result = merged(`${base.join('\n')}\n`, `${own.join('\n')}\n`, `${vendors.join('\n')}\n`);
    expect(result.changes).toEqual([]);
    expect(result.text).toBe('x\nown\n}\n}\n}\nnew\n}\ny\n');
  });

  it('takes thousands of equal lines, with lines of both sides between them', () => {
    const base = new Array<string>(20_000).fill('}\n');
    const insert = (line: string, at: number) =>
      base.map((each, n) => (n % 50 === at ? line + each : each)).join('');
    const { text, changes } = merged(base.join(''), insert('own\n', 0), insert('new\n', 25));
    expect(changes).toEqual([]);
    expect(text.split('own\n')).toHaveLength(401);
    expect(text.split('new\n')).toHaveLength(401);
  });

  it('takes a file of any length', () => {
    const base = Array.from({ length: 150_000 }, (_, i) => `line ${i}\n`);
    const current = ['mine\n', ...base];
    const incoming = [...base, 'new\n'];
    const result = merged(base.join(''), current.join(''), incoming.join(''));
    expect(result.text === [...current, 'new\n'].join('')).toBe(true);
  });
});
