import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { secretMask } from '../../src/merge/mask-secrets.ts';
import { colourDiff, unifiedDiff } from '../../src/merge/unified-diff.ts';
import { propertyRuns } from './support/runs.ts';

// Starts a program for each case.
vi.setConfig({ testTimeout: 600_000 });

/** A text of few different lines, so that many repeat, with every kind of line end. */
const text = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c', '', '-', '--- a/x', '+++ b/x', '@@ -1 +1 @@', '\\ x', '\t'),
        fc.constantFrom('\n', '\n', '\n', '\r\n'),
      ),
      { maxLength: 40 },
    ),
    fc.constantFrom('', '', 'end'),
  )
  .map(([lines, last]) => lines.map((line) => line.join('')).join('') + last);

describe('a unified diff', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'diff-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  for (const [program, ...args] of [
    ['patch', '-p1', '--binary', '--silent', '--fuzz=0', '--no-backup-if-mismatch'],
    ['git', 'apply', '--unidiff-zero', '--whitespace=nowarn', '-'],
  ] as const) {
    it(`turns the old text into the new one when ${program} applies it`, () => {
      const file = join(dir, 'a file');
      fc.assert(
        fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
          fc.pre(before !== after && before !== '' && after !== '');
          writeFileSync(file, before);
          const diff = unifiedDiff(before, after, { path: 'a file', context });
          execFileSync(program, args, { cwd: dir, input: diff });
          expect(readFileSync(file, 'utf8')).toBe(after);
        }),
        { numRuns: Math.min(propertyRuns, 100) },
      );
    });
  }

  it('is empty for equal texts', () => {
    expect(unifiedDiff('a\n', 'a\n', { path: 'x' })).toBe('');
  });

  it('reads as git diff prints it', () => {
    const before = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven';
    const after = before.replace('two\n', 'TWO\nnew\n').replace('eleven', 'eleven\n');
    expect(unifiedDiff(before, after, { path: 'backend/x.yml' })).toBe(
      [
        '--- a/backend/x.yml',
        '+++ b/backend/x.yml',
        '@@ -1,5 +1,6 @@',
        ' one',
        '-two',
        '+TWO',
        '+new',
        ' three',
        ' four',
        ' five',
        '@@ -8,4 +9,4 @@',
        ' eight',
        ' nine',
        ' ten',
        '-eleven',
        '\\ No newline at end of file',
        '+eleven',
        '',
      ].join('\n'),
    );
  });

  it('counts an empty side from line 0', () => {
    expect(unifiedDiff('', 'a\nb\n', { path: 'x' })).toContain('@@ -0,0 +1,2 @@\n+a\n+b\n');
    expect(unifiedDiff('a\n', '', { path: 'x' })).toContain('@@ -1 +0,0 @@\n-a\n');
  });

  it('shows no secret, and which masked lines have changed', () => {
    const secrets = ['hunter22old', 'hunter22new', 'same-secret'];
    const diff = unifiedDiff(
      'other = "same-secret"\nkey = "hunter22old"\nname = "a"\n',
      'other = "same-secret"\nkey = "hunter22new"\nname = "b"\n',
      { path: 'x', mask: secretMask(secrets) },
    );
    expect(diff.split('\n').slice(3)).toEqual([
      ' other = "••••••"',
      '-key = "••••••"',
      '-name = "a"',
      '+key = "••••••" (changed)',
      '+name = "b"',
      '',
    ]);
  });

  // With a comparison of every new line with every old one, this takes minutes.
  it('marks thousands of changed secrets', () => {
    const secrets = Array.from({ length: 8000 }, (_, n) => `secret-number-${n}`);
    const text = (from: number) => secrets.slice(from, from + 4000).join('\n');
    const diff = unifiedDiff(text(0), text(4000), { path: 'x', mask: secretMask(secrets) });
    expect(diff.match(/^\+•+ \(changed\)$/gm)).toHaveLength(4000);
  });

  it('does not call a secret changed whose line end alone changed', () => {
    const diff = unifiedDiff('key = "hunter22old"\r\n', 'key = "hunter22old"\n', {
      path: 'x',
      mask: secretMask(['hunter22old']),
    });
    expect(diff).toContain('-key = "••••••"\r\n+key = "••••••"\n');
  });
});

describe('a coloured diff', () => {
  it('paints headers, removed and added lines, and nothing that only looks like one', () => {
    const diff = unifiedDiff('same\n-- x\n', 'same\n++ y\n', { path: 'f' });
    expect(colourDiff(diff).split('\n')).toEqual([
      '\u001b[1m--- a/f\u001b[m',
      '\u001b[1m+++ b/f\u001b[m',
      '\u001b[36m@@ -1,2 +1,2 @@\u001b[m',
      ' same',
      '\u001b[31m--- x\u001b[m',
      '\u001b[32m+++ y\u001b[m',
      '',
    ]);
  });

  it('shows a change of line ends and lets no control character through', () => {
    const diff = colourDiff(unifiedDiff('a\r\n', 'a\n\u001b]0;title\u0007\n', { path: 'f' }));
    expect(diff).toContain('-a^M\u001b[m\n\u001b[32m+a\u001b[m\n');
    expect(diff).toContain('+^[]0;title^G');
  });
});
