import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runAttached } from '../../../src/lib/process/run-attached.ts';

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
symlinkSync('/bin/sh', join(folder, 'sh'));
afterAll(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
const attached = (program: string, script: string, PATH = process.env.PATH) =>
  runAttached({ program, args: ['-c', script] }, { env: { PATH }, signal });

describe('runAttached', () => {
  it.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
  ])('gives the exit code of a shell for %s', async (script, code) => {
    expect(await attached('sh', script)).toBe(code);
  });

  it.each([
    ['the program', 'no-such-program', process.env.PATH, 'no-such-program'],
    ['cat, which writes what it prints,', 'sh', folder, 'cat'],
  ])('names %s if it is missing', async (_what, program, path, missing) => {
    const message = `The ${missing} command was not found on the PATH.`;
    await expect(attached(program, 'exit 0', path)).rejects.toThrow(message);
  });
});
