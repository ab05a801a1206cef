import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../support/program.ts';

/** The executable built once more, elsewhere. */

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
const script = new URL('../../scripts/build-executable.mjs', import.meta.url).pathname;

beforeAll(() => {
  execFileSync(process.execPath, [script, '--into', folder, 'x64'], { stdio: 'pipe' });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the executable', () => {
  it('is the same to the byte when it is built again', () => {
    expect(hash(join(folder, 'proto-scaffold-linux-x64'))).toBe(hash(program));
  });

  it('has its licences, its bill of materials and the sums of all beside it', () => {
    const names = readdirSync(folder).filter((name) => name !== 'SHA256SUMS');
    expect(names).toEqual([
      'proto-scaffold-linux-x64',
      'proto-scaffold-linux-x64.LICENSES.txt',
      'proto-scaffold-linux-x64.cdx.json',
    ]);
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: folder,
      stdio: 'pipe',
    });
    const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8');
    expect(sums.match(/(?<= {2}).*$/gm)).toEqual(names);
    const licences = readFileSync(join(folder, names[1] as string), 'utf8');
    expect(licences).toContain('Node.js is licensed for use as follows');
    expect(licences).toContain('@aws-sdk/client-ecr');
  });

  it('is Linux alone: it loads no library but the C and C++ libraries', () => {
    const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/^\s+\S+/gm);
    expect(dirname(program)).toMatch(/dist$/);
    for (const library of libraries ?? []) {
      expect(library.trim()).toMatch(/^(linux-vdso|lib(c|m|dl|gcc_s|stdc\+\+|pthread)|.*ld-linux)/);
    }
  });
});
