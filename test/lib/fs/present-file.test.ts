import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readPresent } from '../../../src/lib/fs/present-file.ts';

/** A fault that root does not meet, or one between two calls. */
const failing: { open?: string } = vi.hoisted(() => ({}));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = (...args) =>
    failing.open === undefined
      ? real.open(...args)
      : Promise.reject(
          Object.assign(new Error(), { code: failing.open, errno: -5, syscall: 'open' }),
        );
  return { ...real, open };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-present-'));
  mkdirSync(join(folder, 'real/below'), { recursive: true });
  writeFileSync(join(folder, 'real/file'), Buffer.from([0xff, 0x00]), { mode: 0o640 });
});
afterEach(() => {
  delete failing.open;
  rmSync(folder, { recursive: true, force: true });
});

const thrown = (path: string) =>
  readPresent(folder, path).then(
    () => 'read',
    (error) => error,
  );

describe('a file of an installation', () => {
  it('is read to the byte, with mode and owner', async () => {
    expect(await readPresent(folder, 'real/file')).toMatchObject({
      bytes: Buffer.from([0xff, 0x00]),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      mode: 0o640,
      owner: { uid: process.getuid?.() },
    });
  });

  it.each(['real/none', 'none/file'])('is undefined where there is none: %s', async (path) => {
    expect(await readPresent(folder, path)).toBeUndefined();
  });

  it.each([
    ['a link', 'link', 'is a symbolic link'],
    ['a link to nothing', 'dangling', 'is a symbolic link'],
    ['behind a link', 'linked/file', 'is a symbolic link'],
    ['a folder', 'real/below', 'is a folder, not a file'],
    ['behind a file', 'real/file/x', 'is not a folder'],
    ['a pipe, which nothing waits for', 'pipe', 'is not a regular file'],
  ])('is refused where it is %s', async (_, path, message) => {
    symlinkSync('real/file', join(folder, 'link'));
    symlinkSync('nothing', join(folder, 'dangling'));
    symlinkSync('real', join(folder, 'linked'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const error = await thrown(path);
    expect(error).toMatchObject({ code: 'PATH_IN_THE_WAY' });
    expect(error.message).toContain(message);
    expect(error.message).toContain(join(folder, path.replace(/\/(x|file)$/, '')));
  });

  it.each([
    ['EACCES', 'FILE_UNREADABLE'],
    ['ELOOP', 'PATH_IN_THE_WAY'],
    ['ENOSPC', 'DISK_FULL'],
  ])('that cannot be opened (%s) is %s', async (fault, code) => {
    failing.open = fault;
    const error = await thrown('real/file');
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(join(folder, 'real/file'));
  });

  it('that went while it was looked at is undefined', async () => {
    failing.open = 'ENOENT';
    expect(await readPresent(folder, 'real/file')).toBeUndefined();
  });
});
