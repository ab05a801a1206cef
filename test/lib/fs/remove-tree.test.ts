import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../../src/lib/fs/remove-tree.ts';
import { nameOf } from '../../../src/lib/text/file-name.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proto-scaffold-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const left = () => readdir(folder);

test('a tree that is deeper than the longest path is removed', async () => {
  // Each part is short enough for a path, and hung below the next: 2,000 levels, 10,000 bytes.
  const levels = Array(500).fill('dddd').join('/');
  for (let part = 0; part < 4; part++) {
    await mkdir(join(folder, 'next', levels), { recursive: true });
    await writeFile(join(folder, 'next', levels, 'file'), 'x');
    if (part > 0) await rename(join(folder, 't'), join(folder, 'next', levels, 't'));
    await rename(join(folder, 'next'), join(folder, 't'));
  }
  await removeTree(join(folder, 't'));
  expect(await left()).toEqual([]);
});

test('what links lead to stays', async () => {
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other', 'precious'), 'precious');
  await mkdir(join(folder, 't/in'), { recursive: true });
  await symlink('../other', join(folder, 't/link'));
  await symlink('../../other', join(folder, 't/in/link'));
  await removeTree(join(folder, 't'));
  await symlink('other', join(folder, 't'));
  await removeTree(join(folder, 't'));
  expect(await left()).toEqual(['other']);
  expect(await readFile(join(folder, 'other', 'precious'), 'utf8')).toBe('precious');
});

test('a file, a folder that is read-only, a name that is not UTF-8, and nothing', async () => {
  await writeFile(join(folder, 'file'), 'x');
  await mkdir(join(folder, 'locked/in'), { recursive: true });
  await writeFile(join(folder, 'locked/in/file'), 'x');
  await chmod(join(folder, 'locked/in'), 0o500);
  const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]);
  await mkdir(odd);
  for (const name of ['file', 'locked', nameOf(Buffer.from([0x66, 0xff])), 'nothing', 'no/thing']) {
    await removeTree(join(folder, name));
  }
  expect(await left()).toEqual([]);
});

test('what is below many folders is removed with them', async () => {
  for (let wide = 0; wide < 30; wide++) {
    const path = join(folder, 't', String(wide), 'a/b/c');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'f'), 'x');
  }
  await removeTree(join(folder, 't'));
  expect(await left()).toEqual([]);
});
