import { describe, expect, it } from 'vitest';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import type { OnConflict } from '../../src/merge/result.ts';

const base = `services:
  platform:
    image: platform:1
    restart: always
`;
const incoming = base.replace('platform:1', 'platform:2');

function merge(current: string, onConflict: OnConflict = 'ours', next = incoming) {
  return mergeYaml(base, current, next, { onConflict });
}

describe('mergeYaml', () => {
  it.each([
    ['a tab as indentation', 'services:\n\tplatform: {}\n', 2, 1, /tab/i],
    ['an open bracket', 'services: [\n', 2, 1, /flow/i],
    [
      'a key that is there twice',
      'services:\n  a: {}\n  b: {}\n  a: {}\n',
      4,
      3,
      /duplicate key "a"/,
    ],
    [
      'a merge key that is there twice',
      'a: &a {}\nb:\n  <<: *a\n  <<: *a\n',
      4,
      3,
      /duplicate key "<<"/,
    ],
    ['an alias without an anchor', 'services: *nothing\n', 1, 11, /no anchor &nothing/],
    ['a second document', 'services: {}\n---\nb: 1\n', 2, 1, /second document/],
    ['no mapping at all', '- a\n- b\n', 1, 1, /not a mapping/],
    ['nothing but comments', '# all gone\n', 1, 1, /empty/],
    ['too deep a nesting', `a: ${'['.repeat(10_000)}`, 1, 204, /nested too deeply/],
    [
      'deep nesting that can be parsed',
      `a: ${'['.repeat(160)}${']'.repeat(160)}`,
      1,
      152,
      /nested deeper/,
    ],
    ['a byte order mark inside', '\n\uFEFFservices: {}\n', 2, 1, /byte order mark/],
  ])("says where the operator's file is broken: %s", (_, current, line, column, message) => {
    expect(merge(current)).toEqual({
      kind: 'unreadable',
      fault: { side: 'current', line, column, message: expect.stringMatching(message) },
    });
  });

  it('names the side that is broken', () => {
    const mine = base.replace('always', '"no"');
    expect(merge(mine, 'ours', '[')).toMatchObject({ fault: { side: 'incoming' } });
    expect(mergeYaml('[', mine, incoming, { onConflict: 'ours' })).toMatchObject({
      fault: { side: 'base' },
    });
  });

  it('gives a broken file back untouched where the vendor changed nothing', () => {
    expect(merge('services: [', 'ours', base)).toEqual({
      kind: 'merged',
      text: 'services: [',
      from: 'current',
      changes: [],
    });
  });

  it.each([
    ['a key behind a question mark', `${base}? volumes\n: {}\n`],
    ['a key with an anchor', `${base}&v volumes: {}\n`],
    ['a key that is a list', `${base}[a, b]: {}\n`],
  ])('does not touch a file with %s', (_, current) => {
    expect(merge(current)).toMatchObject({
      kind: 'unsafe',
      reason: expect.stringContaining('line 5 of current'),
    });
  });

  it('is unsafe where text that must stand would become part of a value', () => {
    const current = base.replace('always', 'always\n        # far right');
    const next = base.replace('always', '|\n      always');
    expect(merge(current, 'ours', next)).toMatchObject({ kind: 'unsafe' });
  });

  it.each([
    ['ours', 5],
    ['stop', 3],
  ] as const)('says the line of a conflict in the file that stands after %s', (how, line) => {
    const current = base.replace('platform:1', 'platform:1-bank');
    const next = incoming.replace('services:', 'services:\n  first:\n    image: first:1');
    const conflict = { path: ['services', 'platform', 'image'], kind: 'conflict', line };
    expect(merge(current, how, next)).toMatchObject({
      changes: expect.arrayContaining([conflict]),
    });
  });

  it.each(['ours', 'stop'] as const)('leaves a value in dispute as it is for %s', (onConflict) => {
    const current = base.replace('platform:1', 'platform:1-bank');
    expect(merge(current, onConflict)).toEqual({
      kind: 'merged',
      text: current,
      from: 'current',
      changes: [{ path: ['services', 'platform', 'image'], kind: 'conflict', line: 3 }],
    });
  });

  it("takes the vendor's value in dispute for theirs, and the rest of the operator's edits", () => {
    const current = base.replace('platform:1', 'platform:1-bank').replace('always', '"no"');
    expect(merge(current, 'theirs')).toEqual({
      kind: 'merged',
      text: incoming.replace('always', '"no"'),
      from: 'both',
      changes: [
        { path: ['services', 'platform', 'image'], kind: 'conflict', line: 3 },
        { path: ['services', 'platform', 'restart'], kind: 'kept', line: 4 },
      ],
    });
  });

  it('lets a key that the operator took out stay out, unless the vendor changed it and wins', () => {
    const without = base.replace(/ {4}image.*\n/, '');
    expect(merge(without)).toMatchObject({ text: without, changes: [{ kind: 'conflict' }] });
    expect(merge(without, 'theirs')).toMatchObject({ text: incoming });
    const other = base.replace('always', 'unless-stopped');
    expect(merge(without, 'ours', other)).toMatchObject({
      text: other.replace(/ {4}image.*\n/, ''),
      changes: [
        { path: ['services', 'platform', 'restart'], kind: 'changed', line: 3 },
        { path: ['services', 'platform', 'image'], kind: 'kept' },
      ],
    });
  });

  it('tells what changed even where the bytes are one side’s', () => {
    expect(merge(base)).toEqual({
      kind: 'merged',
      text: incoming,
      from: 'incoming',
      changes: [{ path: ['services', 'platform', 'image'], kind: 'changed', line: 3 }],
    });
  });

  it('sees a quoted word as what it is, and a number that Docker reads otherwise as a change', () => {
    const quoted = base.replace('always', '"always"').replace('platform:1', "'platform:1'");
    expect(merge(quoted)).toMatchObject({
      text: quoted.replace("'platform:1'", 'platform:2'),
      changes: [{ kind: 'changed' }],
    });
    const octal = (mode: string) => `${base}    mode: ${mode}\n`;
    const result = mergeYaml(octal('0644'), octal('0600'), octal('420'), { onConflict: 'ours' });
    expect(result).toMatchObject({ changes: [{ kind: 'conflict' }], text: octal('0600') });
  });

  it('keeps a byte order mark, line ends and a missing last line end', () => {
    const current = `\uFEFF${base.replace('always', '"no"').trimEnd().replaceAll('\n', '\r\n')}`;
    const next = `${incoming}    user: root\n`;
    expect(merge(current, 'ours', next)).toMatchObject({
      text: `${current.replace('platform:1', 'platform:2')}\r\n    user: root`,
    });
  });
});
