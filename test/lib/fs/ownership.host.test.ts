import { linkSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { giveTo, giveTreeTo } from '../../../src/lib/fs/ownership.ts';
import { Desk } from '../../support/program.ts';

/** Root gives files to the owner of an installation, who can put links in their way meanwhile. */

let desk: Desk;
const nobody = { uid: 65534, gid: 65534 };
const ownerOf = (path: string) => statSync(desk.path(path)).uid;

beforeEach(() => {
  desk = new Desk();
  for (const name of ['secret', 'proto']) mkdirSync(desk.path(name));
  desk.write('secret/file', 'root');
  desk.write('proto/file', 'his');
});
afterEach(() => desk.remove());

describe.skipIf(process.getuid?.() !== 0)('root gives away', () => {
  it('a file and a folder get their owner', async () => {
    await giveTreeTo(desk.path('proto'), nobody);
    expect([ownerOf('proto'), ownerOf('proto/file')]).toEqual([65534, 65534]);
  });

  it('a file behind a link keeps its owner', async () => {
    rmSync(desk.path('proto'), { recursive: true });
    symlinkSync(desk.path('secret'), desk.path('proto'));
    await giveTo(desk.path('proto/file'), nobody);
    expect(ownerOf('secret/file')).toBe(0);
  });

  it('a link is not followed, and a file with a second name keeps its owner', async () => {
    symlinkSync(desk.path('secret/file'), desk.path('proto/link'));
    linkSync(desk.path('secret/file'), desk.path('proto/twice'));
    mkdirSync(desk.path('proto/folder'));
    await giveTreeTo(desk.path('proto'), nobody);
    expect(ownerOf('secret/file')).toBe(0);
    expect(ownerOf('proto/folder')).toBe(65534);
  });
});
