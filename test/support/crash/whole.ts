import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readState } from '../../../src/transaction/history.ts';
import { acquireGuard, type RunGuard } from '../../../src/transaction/run-guard.ts';
import { openTransaction } from '../../../src/transaction/transaction.ts';
import {
  after,
  before,
  chatbot,
  dropped,
  folderMode,
  modeOf,
  platform,
  readPresentTree,
  readTree,
  record,
} from '../small-installation.ts';

/** What must hold of an installation after a change, whatever happened to the process that made it. */

export async function held<T>(folder: string, use: (guard: RunGuard) => Promise<T>): Promise<T> {
  const guard = await acquireGuard(folder, 'proto-scaffold check');
  try {
    return await use(guard);
  } finally {
    await guard.release();
  }
}

/** The tree is wholly old or wholly new, and nothing of the operator's is missing. */
export async function expectWhole(folder: string): Promise<'old' | 'new'> {
  expectNoLitter(folder);
  expect(modeOf(folder, platform)).toBe('604');
  const tree = readPresentTree(folder);
  if (tree['.proto/lock.json'] === before['.proto/lock.json']) {
    expect(readTree(folder)).toEqual(before);
    for (const made of ['backend/secrets', '.proto/history']) {
      expect(existsSync(join(folder, made))).toBe(false);
    }
    return 'old';
  }
  expect(tree).toEqual(after);
  await expectWholeHistory(folder);
  return 'new';
}

async function expectWholeHistory(folder: string): Promise<void> {
  const { files, base, lock } = await readState(folder, 1);
  const texts = Object.fromEntries([...files].map(([path, { bytes }]) => [path, String(bytes)]));
  expect(texts).toEqual({
    [platform]: before[platform],
    [chatbot]: before[chatbot],
    [dropped]: before[dropped],
  });
  expect(base.size).toBe(3);
  expect(lock).toBe(before['.proto/lock.json']);
  const bundle = readTree(join(folder, '.proto/history/1/files/frontend'));
  expect(bundle).toEqual({ 'assets/app.js': 'old program\n', 'index.html': 'old page\n' });
  expect(modeOf(folder, `.proto/history/1/files/${platform}`)).toBe('604');
}

export function expectNoLitter(folder: string): void {
  const known = ['base', 'history', 'lock.json'];
  expect(readdirSync(join(folder, '.proto')).filter((name) => !known.includes(name))).toEqual([]);
}

export async function expectNextChangeWorks(folder: string): Promise<void> {
  await held(folder, async (guard) => {
    const transaction = await openTransaction(folder, guard, folderMode);
    await transaction.write({ path: 'next', content: 'next', mode: 0o600, expected: undefined });
    await transaction.commit(record);
  });
  expect(readTree(folder).next).toBe('next');
  expectNoLitter(folder);
}
