import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnderWay, recover } from '../../src/transaction/recover.ts';
import { acquireGuard, type RunGuard } from '../../src/transaction/run-guard.ts';
import { openTransaction } from '../../src/transaction/transaction.ts';
import { expectWhole } from '../support/crash/whole.ts';
import {
  before,
  folderMode,
  makeInstallation,
  put,
  readTree,
  stageChange,
  temporaryFolder,
} from '../support/small-installation.ts';

let desk: string;
let folder: string;
let guard: RunGuard;

beforeEach(async () => {
  desk = temporaryFolder();
  folder = makeInstallation(join(desk, 'proto'));
  guard = await acquireGuard(folder, 'proto-scaffold update');
});
afterEach(async () => {
  await guard.release();
  rmSync(desk, { recursive: true, force: true });
});

const journal = {
  formatVersion: 1,
  direction: 'forward',
  why: 'update to 2026.12.0',
  holder: { pid: 1, host: 'here', startedAt: '2026-11-22T20:00:00.000Z' },
  history: 1,
  steps: [],
  expired: [],
};

describe('recovery', () => {
  it('finds nothing to do in a sound installation', async () => {
    expect(await isUnderWay(folder)).toBe(false);
    expect(await recover(folder, guard)).toBeUndefined();
  });

  it('removes what a change had staged that was killed before its journal', async () => {
    const killed = await openTransaction(folder, guard, folderMode);
    await stageChange(killed);
    expect(await recover(folder, guard)).toBeUndefined();
    await guard.release();
    expect(await expectWhole(folder)).toBe('old');
  });

  it.each([
    ['is not JSON', '{"formatVersion": 1, ', 'is not valid JSON'],
    [
      'is of a newer format',
      JSON.stringify({ ...journal, formatVersion: 2 }),
      'has format 2, but this version of proto-scaffold supports format 1',
    ],
    [
      'lacks a part',
      JSON.stringify({ ...journal, steps: undefined }),
      'is not a proto-scaffold journal',
    ],
    ['is null', 'null', 'is not a proto-scaffold journal'],
    [
      'points out of the installation',
      JSON.stringify({ ...journal, steps: [{ kind: 'folder', path: 'a/../../b', after: null }] }),
      'is not a proto-scaffold journal',
    ],
    [
      'points to the root',
      JSON.stringify({ ...journal, steps: [{ kind: 'folder', path: '/etc', after: null }] }),
      'is not a proto-scaffold journal',
    ],
    [
      'has a step of an unknown kind',
      JSON.stringify({ ...journal, steps: [{ kind: 'run', path: 'a' }] }),
      'is not a proto-scaffold journal',
    ],
    [
      'speaks of what is not there',
      JSON.stringify(journal),
      'refers to .proto/staging, which is missing or has changed',
    ],
  ])('touches nothing where the journal %s', async (_, text, message) => {
    put(folder, '.proto/journal.json', text);
    expect(await isUnderWay(folder)).toBe(true);
    await expect(recover(folder, guard)).rejects.toMatchObject({
      code: 'JOURNAL_INVALID',
      exitCode: 3,
      message: `${join(folder, '.proto/journal.json')} ${message}.`,
    });
    await guard.release();
    expect(readTree(folder)).toEqual({ ...before, '.proto/journal.json': text });
  });

  it('touches nothing where a staged file is not as it was left', async () => {
    const step = { kind: 'write', path: 'a.txt', before: null, after: '0'.repeat(64) };
    put(folder, '.proto/journal.json', JSON.stringify({ ...journal, steps: [step] }));
    put(folder, '.proto/staging/new/files/a.txt', 'half a fi');
    mkdirSync(join(folder, '.proto/staging/state'));
    await expect(recover(folder, guard)).rejects.toMatchObject({
      code: 'JOURNAL_INVALID',
      message: expect.stringContaining('.proto/staging/new/files/a.txt, which is missing'),
    });
    expect(readFileSync(join(folder, '.proto/staging/new/files/a.txt'), 'utf8')).toBe('half a fi');
  });
});
