import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { alike } from './disk.ts';

/** The attack on the disk makes one of these at each call: none may lead to anything but other words. */
it('no source file tells the faults of a disk apart, but for their words', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const told = new RegExp(`\\b(${alike.join('|')})\\b`);
  // What `uninstall` asks is whether it may remove at all; it is not attacked so.
  const apart = /[!=]==? '(DISK_FULL|FOLDER_READ_ONLY|FILE_SYSTEM_ERROR)'|case '(DISK_FULL|FOLDER)/;
  const files = readdirSync(`${root}src`, { encoding: 'utf8', recursive: true }).filter((name) =>
    name.endsWith('.ts'),
  );
  const where = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(`${root}src/${file}`, 'utf8'))).sort();
  expect(where(told)).toEqual(['lib/fs/file-errors.ts']);
  expect(where(apart)).toEqual(['uninstall/apply-uninstall.ts']);
});
