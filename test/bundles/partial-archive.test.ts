import { randomBytes } from 'node:crypto';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPartialArchive, partsFolder } from '../../src/bundles/partial-archive.ts';

let outer: string;
let parts: string;
const layer = { mediaType: 'x', digest: `sha256:${'ab'.repeat(32)}`, size: 1000 };
const hex = 'ab'.repeat(32);

beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), 'parts-'));
  parts = join(outer, 'proto-scaffold-0');
});
afterEach(() => rm(outer, { recursive: true, force: true }));

const opened = async (size = layer.size) => {
  const archive = await openPartialArchive(parts, { ...layer, size });
  if (archive === undefined) expect.fail('nothing can be kept');
  return archive;
};

describe('what has been received', () => {
  test('is there for the next run, and nobody else can read it', async () => {
    const first = await opened();
    expect(first.bytes).toBe(0);
    await first.handle.write(randomBytes(300));
    await first.handle.close();
    await first.keep();
    expect(await readdir(parts)).toEqual([hex]);
    expect((await lstat(parts)).mode & 0o777).toBe(0o700);
    expect((await lstat(join(parts, hex))).mode & 0o777).toBe(0o600);
    const second = await opened();
    expect(second.bytes).toBe(300);
    await second.remove();
    expect(await readdir(parts)).toEqual([]);
    await second.handle.close();
  });

  test('is taken from a run that was killed, and not from one that goes on', async () => {
    await mkdir(parts, { mode: 0o700 });
    await writeFile(join(parts, `${hex}-999999999-1`), randomBytes(400));
    const mine = await opened();
    expect(mine.bytes).toBe(400);
    // The name says that this process uses it: a second one would have another name.
    const [claimed] = await readdir(parts);
    expect(claimed).toMatch(new RegExp(`^${hex}-${process.pid}-\\d+$`));
    await mine.handle.close();
  });

  test('that is as long as the whole, or longer, was wrong: it begins again', async () => {
    await mkdir(parts, { mode: 0o700 });
    for (const length of [1000, 5000]) {
      await writeFile(join(parts, hex), randomBytes(length));
      const archive = await opened();
      expect(archive.bytes).toBe(0);
      expect((await archive.handle.stat()).size).toBe(0);
      await archive.handle.close();
      await archive.remove();
    }
  });

  test('is removed after a week', async () => {
    await mkdir(parts, { mode: 0o700 });
    const old = new Date(Date.now() - 8 * 24 * 3600 * 1000);
    await writeFile(join(parts, 'cd'.repeat(32)), 'x');
    await writeFile(join(parts, 'ef'.repeat(32)), 'x');
    await utimes(join(parts, 'cd'.repeat(32)), old, old);
    await (await opened()).handle.close();
    expect((await readdir(parts)).filter((name) => !name.startsWith(hex))).toEqual([
      'ef'.repeat(32),
    ]);
  });
});

describe('nothing is kept, and nothing followed,', () => {
  const refused = async () => expect(await openPartialArchive(parts, layer)).toBeUndefined();

  test('where others may write to the folder', async () => {
    await mkdir(parts);
    await chmod(parts, 0o777);
    await refused();
  });

  test('where the folder is a link', async () => {
    await mkdir(join(outer, 'theirs'), { mode: 0o700 });
    await symlink('theirs', parts);
    await refused();
    expect(await readdir(join(outer, 'theirs'))).toEqual([]);
  });

  test.each([
    ['a link', (target: string) => symlink(target, join(parts, hex))],
    ['a second name of another file', (target: string) => link(target, join(parts, hex))],
  ])('where the file is %s', async (_, plant) => {
    await mkdir(parts, { mode: 0o700 });
    const target = join(outer, 'precious');
    await writeFile(target, 'precious');
    await plant(target);
    await refused();
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  test('where the disk would be filled', async () => {
    expect(
      await openPartialArchive(parts, { ...layer, size: Number.MAX_SAFE_INTEGER }),
    ).toBeUndefined();
    expect(await readdir(parts)).toEqual([]);
  });
});

test('the folder is below TMPDIR, else where it survives a reboot', () => {
  expect(partsFolder({ TMPDIR: '/x' })).toMatch(/^\/x\/proto-scaffold-\d+$/);
  expect(partsFolder({})).toMatch(/^\/var\/tmp\/proto-scaffold-\d+$/);
});
