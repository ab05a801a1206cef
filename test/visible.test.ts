import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorTable, UserError } from '../src/errors.ts';
import { actionLine, type HostAction, planLines } from '../src/installation/plan.ts';
import { colourDiff, unifiedDiff } from '../src/merge/unified-diff.ts';
import { Reporter } from '../src/reporter.ts';
import { Secret } from '../src/secret.ts';
import { uninstallLines } from '../src/uninstall/plan-uninstall.ts';
import { visible, visibleJson } from '../src/visible.ts';

/** Whatever a value is, it stays a part of the line that it is in. */

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ...['\n', '\r', '\u0085', '\u2028', '\u2029', '\u200e', '\u200f', '\u202e', '\u2066'],
      ...['\u061c', '\u200b', '\ufeff', '\u009b', '\u001b', '\0', '\u{e0041}', '\u00ad', '\t'],
      ...['error: ', 'what to do: ', 'note: ', 'a', ' '],
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});
const obeyed = /(?![\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function said(use: (reporter: Reporter) => void): string[] {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const options = { json: false, quiet: false, verbose: true, live: false, version: '1' };
  use(new Reporter({ ...options, onScreen: true, stdout: write, stderr: write }));
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

describe('a line', () => {
  it('has no character that a terminal obeys, and what is harmless as it was', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(visible(text)).not.toMatch(obeyed);
      }),
    );
    expect(visible('é ü 日本 😀\t"x" \\n')).toBe('é ü 日本 😀\t"x" \\n');
    expect(visible('a\nb\u2028c\u200fd\u{e0041}')).toBe('a\\nb\\u{2028}c\\u{200f}d\\u{e0041}');
    expect(visible('a\u3164b\u2800c\u034f')).toBe('a\\u{3164}b\\u{2800}c\\u{34f}');
  });

  it('in JSON is read as it was', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const json = visibleJson(JSON.stringify({ text }, null, 2));
        expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});

describe('with any value', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('%s has its lines and no more', (code) => {
    fc.assert(
      fc.property(nasty, (text) => {
        const fault = { file: text, line: 1, key: text, message: text };
        const error = new UserError(code, text, {
          hint: text,
          faults: [fault],
          evidence: [text],
          cause: new Error(text),
        });
        const lines = said((reporter) => void reporter.failure(error));
        expect(lines).toHaveLength(5);
        expect(lines.map((line) => line.slice(0, 5))).toEqual([
          'error',
          expect.stringMatching(/^ {2}/),
          expect.stringMatching(/^ {2}/),
          'what ',
          '  cau',
        ]);
        expect(lines.join('')).not.toMatch(obeyed);
      }),
      { numRuns: 10 },
    );
  });

  const actions = (text: string): HostAction[] => [
    { kind: 'backup', file: text },
    { kind: 'registry-login', registry: text },
    { kind: 'resolve', repositories: [text], tag: text },
    { kind: 'fetch-bundle', repository: text, folder: text },
    { kind: 'pull', images: [text] },
    { kind: 'stop' },
    { kind: 'own-data', volumes: [text], from: text },
    { kind: 'new-identity', project: text },
    { kind: 'set-password', user: text, service: text },
    { kind: 'restore-bundle', folder: text, state: 1 },
    { kind: 'remove-bundle', folder: text },
    { kind: 'copy', path: text, from: text },
    { kind: 'link', path: text, target: text },
    { kind: 'test-nginx' },
    { kind: 'reload-nginx', by: text },
  ];

  it('a plan has a line for each step and file', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const files = [{ kind: 'create' as const, path: text, content: new Secret(text) }];
        const plan = { command: text, installation: text, actions: actions(text), files };
        const lines = planLines(plan);
        expect(
          said((reporter) => {
            for (const line of lines) reporter.line(line);
          }),
        ).toHaveLength(1 + plan.actions.length + 1);
        for (const action of plan.actions) {
          expect(said((reporter) => reporter.step(actionLine(action)))).toHaveLength(1);
        }
      }),
    );
  });

  it('a plan to uninstall has a line for each thing', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const lines = uninstallLines({
          installation: text,
          containers: [text],
          networks: [text],
          links: [text],
          reloadNginx: false,
          volumes: [text],
          keptVolumes: [text],
          backups: [text],
          keptBackups: [text],
          movedTo: text,
          sizes: {},
        });
        expect(
          said((reporter) => {
            for (const line of lines) reporter.question(line);
          }),
        ).toHaveLength(lines.length);
      }),
    );
  });

  it('a diff has a sign before each line of a file', () => {
    fc.assert(
      fc.property(nasty, nasty, (before, after) => {
        const diff = unifiedDiff(before, after, { path: 'a' });
        const lines = colourDiff(diff)
          .replaceAll(/\p{Cc}\[\d*m/gu, '')
          .trimEnd()
          .split('\n');
        for (const line of lines.slice(3)) expect(line).toMatch(/^[-+ @\\]/);
        for (const line of lines) expect(line).not.toMatch(obeyed);
      }),
    );
  });

  it('a note, a detail and a bug have no lines of others', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(said((reporter) => reporter.notice(text))).toHaveLength(1);
        expect(said((reporter) => reporter.detail(text))).toHaveLength(1);
        const bug = said((reporter) => void reporter.failure(new Error(text)));
        for (const line of bug.slice(1, -1)) expect(line).toMatch(/^ {2}/);
      }),
    );
  });
});
