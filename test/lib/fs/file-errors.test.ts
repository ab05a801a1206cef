import { readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { fileSystemError } from '../../../src/lib/fs/file-errors.ts';

/** An error as node:fs throws it. */
function systemError(code: string): Error {
  const [errno] = [...getSystemErrorMap()].find(([, [name]]) => name === code) ?? [];
  return Object.assign(new Error(`${code}: in Node's words`), { code, errno, syscall: 'write' });
}

describe('a refusal of the file system', () => {
  test.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EROFS', 'FOLDER_READ_ONLY'],
    ['EACCES', 'FOLDER_READ_ONLY'],
    ['EPERM', 'FOLDER_READ_ONLY'],
    ['EIO', 'FILE_SYSTEM_ERROR'],
  ])('%s is %s and names the path', (code, expected) => {
    const error = fileSystemError(systemError(code), '/srv/proto/x');
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(/^\/srv\/proto\/x: .+\(E[A-Z]+, write\)\.$/);
  });

  test('has the words of the system, not of Node', async () => {
    const real = await readFile('/nonexistent').catch((error: unknown) => error);
    expect(fileSystemError(real, '/nonexistent').message).toBe(
      '/nonexistent: no such file or directory (ENOENT, open).',
    );
  });

  test('is a quota as much as a disk', () => {
    const error = Object.assign(new Error('x'), { code: 'EDQUOT', errno: -122, syscall: 'write' });
    expect(fileSystemError(error, '/x').code).toBe('DISK_FULL');
  });
});

test('an error that was told already stays as it is', () => {
  const told = new UserError('DISK_FULL', 'full');
  expect(fileSystemError(told, '/x')).toBe(told);
});

test('a fault of the program is thrown, not dressed up', () => {
  expect(() => fileSystemError(new TypeError('undefined is not a function'), '/x')).toThrow(
    TypeError,
  );
});
