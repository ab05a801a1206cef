import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { discardAbandoned } from '../../src/transaction/staging.ts';
import { treeOf } from '../support/tree.ts';

/** The number of the user nobody, on Debian and Ubuntu. */
const nobody = 65_534;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'staging-guard-'));
  const guard = join(folder, '.proto.init');
  mkdirSync(join(guard, 'precious'), { recursive: true });
  writeFileSync(join(guard, 'precious', 'file'), 'of another user');
  const holder = { pid: 1, ticks: '', bootId: 'of another day', host: hostname(), command: 'init' };
  writeFileSync(join(guard, 'holder.json'), JSON.stringify({ ...holder, startedAt: '' }));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('what a dead init of this user left is removed', async () => {
  await discardAbandoned(join(folder, 'proto'));
  expect(treeOf(folder)).toEqual({});
});

it('what another user put there stays, whatever its holder file says', async () => {
  chownSync(join(folder, '.proto.init'), nobody, nobody);
  const before = treeOf(folder);
  await discardAbandoned(join(folder, 'proto'));
  expect(treeOf(folder)).toEqual(before);
});

it('what says nothing of its holder stays for as long as the process of its name runs', async () => {
  rmSync(join(folder, '.proto.init'), { recursive: true });
  const dead = spawnSync('true').pid;
  const [kept, gone] = [process.ppid, dead].map((pid) => `.proto.init-${pid}-0123abcd`);
  for (const name of [kept, gone]) mkdirSync(join(folder, name ?? '', 'half'), { recursive: true });
  await discardAbandoned(join(folder, 'proto'));
  expect(readdirSync(folder)).toEqual([kept]);
});
