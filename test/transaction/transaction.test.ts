import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/lib/fs/files.ts';
import { listHistory, readState } from '../../src/transaction/history.ts';
import { acquireGuard, type RunGuard } from '../../src/transaction/run-guard.ts';
import { openTransaction, type Transaction } from '../../src/transaction/transaction.ts';
import { expectNoLitter, expectWhole } from '../support/crash/whole.ts';
import {
  added,
  before,
  change,
  chatbot,
  dropped,
  folderMode,
  makeInstallation,
  modeOf,
  platform,
  put,
  readPresentTree,
  readTree,
  record,
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

const at = (path: string) => join(folder, path);
const open = () => openTransaction(folder, guard, folderMode);

/** Stages, and throws it away whatever happens. */
async function attempt(stage: (transaction: Transaction) => Promise<void>) {
  const transaction = await open();
  try {
    await stage(transaction);
    return await transaction.commit(record);
  } finally {
    await transaction[Symbol.asyncDispose]();
  }
}

/** Everything but the guard is as it was made. */
async function expectUntouched(expected: Record<string, string> = before) {
  await guard.release();
  expect(readTree(folder)).toEqual(expected);
  expectNoLitter(folder);
}

describe('a committed change', () => {
  it('is there as a whole, with the state before it in history, and nothing else', async () => {
    expect(await change(folder, guard)).toEqual({ history: 1, concurrentEdits: [] });
    await guard.release();
    expect(await expectWhole(folder)).toBe('new');
    expect((await readState(folder, 1)).state).toMatchObject({
      formatVersion: 2,
      n: 1,
      why: 'update to 2026.12.0',
      kind: 'release',
      release: { tag: 'stable', version: '2026.11.0' },
    });
  });

  it('gives new files and folders their modes whatever the umask, and keeps those of present ones', async () => {
    chmodSync(at(platform), 0o660);
    const umask = process.umask(0o277);
    try {
      await change(folder, guard);
    } finally {
      process.umask(umask);
    }
    expect(modeOf(folder, platform)).toBe('660');
    expect(modeOf(folder, added)).toBe('600');
    expect(modeOf(folder, 'backend/secrets')).toBe('700');
    expect(modeOf(folder, 'frontend')).toBe('755');
    expect(modeOf(folder, '.proto/history')).toBe('700');
    expect(modeOf(folder, '.proto/history/1/meta.json')).toBe('600');
  });

  it.runIf(process.getuid?.() === 0)(
    'under sudo leaves files to their owners, and gives new ones to the owner of the installation',
    async () => {
      const entries = readdirSync(folder, { recursive: true }).map(String);
      for (const path of ['.', ...entries]) chownSync(at(path), 1234, 1235);
      chownSync(at(platform), 1234, 4321);
      await change(folder, guard);
      await guard.release();
      const ownerOf = (path: string) => [statSync(at(path)).uid, statSync(at(path)).gid];
      expect(ownerOf(platform)).toEqual([1234, 4321]);
      expect(ownerOf(`.proto/history/1/files/${platform}`)).toEqual([1234, 4321]);
      const all = readdirSync(folder, { recursive: true }).map(String);
      const others = all.filter((path) => !path.endsWith(platform));
      expect(others.filter((path) => String(ownerOf(path)) !== '1234,1235')).toEqual([]);
      expect(others).toContain('.proto/history/1/files/frontend/assets/app.js');
    },
  );

  it('keeps bytes that are no UTF-8 as they are', async () => {
    const bytes = Buffer.from([0x61, 0xe4, 0xff, 0x00, 0x0a]);
    put(folder, chatbot, bytes);
    await attempt((transaction) =>
      transaction.write({
        path: chatbot,
        content: Buffer.from([0xfe]),
        mode: 0o640,
        expected: sha256(bytes),
      }),
    );
    expect(readFileSync(at(chatbot))).toEqual(Buffer.from([0xfe]));
    expect((await readState(folder, 1)).files.get(chatbot)?.bytes).toEqual(bytes);
  });

  it('without a new base keeps the base and the lock, here and in history', async () => {
    const expected = sha256(before[chatbot] ?? '');
    await attempt((transaction) =>
      transaction.write({ path: chatbot, content: 'set\n', mode: 0o640, expected }),
    );
    const { base, lock } = await readState(folder, 1);
    expect(base.get(platform)).toBe(before[`.proto/base/${platform}`]);
    expect(base.size).toBe(3);
    expect(lock).toBe(before['.proto/lock.json']);
    await guard.release();
    expect(readPresentTree(folder)).toEqual({ ...before, [chatbot]: 'set\n' });
  });

  it('lets a folder go, and keeps it in history', async () => {
    await attempt(async (transaction) => transaction.removeFolder('frontend'));
    expect(existsSync(at('frontend'))).toBe(false);
    expect(readTree(at('.proto/history/1/files/frontend'))).toEqual({
      'assets/app.js': 'old program\n',
      'index.html': 'old page\n',
    });
  });

  it('puts a folder where there was none', async () => {
    rmSync(at('frontend'), { recursive: true });
    await change(folder, guard);
    expect(readTree(at('frontend'))).toEqual({ 'index.html': 'new page\n' });
    expect(existsSync(at('.proto/history/1/files/frontend'))).toBe(false);
  });

  it('does not take part in what the operator has deleted and it does not touch', async () => {
    rmSync(at(chatbot));
    await change(folder, guard);
    expect(existsSync(at(chatbot))).toBe(false);
    expect([...(await readState(folder, 1)).files.keys()]).toEqual([platform, dropped]);
  });
});

describe('a change that cannot be made', () => {
  it('because a file was saved meanwhile leaves all as it is, and names the file', async () => {
    const attempted = attempt(async (transaction) => {
      await stageChange(transaction);
      put(folder, platform, 'saved meanwhile\n');
      rmSync(at(dropped));
      put(folder, added, 'made meanwhile\n');
    });
    await expect(attempted).rejects.toMatchObject({
      code: 'FILE_CHANGED_MEANWHILE',
      exitCode: 5,
      faults: [
        { file: platform, message: 'was modified' },
        { file: added, message: 'was created' },
        { file: dropped, message: 'was removed' },
      ],
    });
    const { [dropped]: _, ...rest } = before;
    await expectUntouched({
      ...rest,
      [platform]: 'saved meanwhile\n',
      [added]: 'made meanwhile\n',
    });
  });

  it('because a file was saved in the last moment leaves all as it is', async () => {
    const lastMoment: RunGuard = {
      ...guard,
      assertHeld: async () => put(folder, platform, 'saved in the last moment\n'),
    };
    const transaction = await openTransaction(folder, lastMoment, folderMode);
    await stageChange(transaction);
    await expect(transaction.commit(record)).rejects.toMatchObject({
      code: 'FILE_CHANGED_MEANWHILE',
      faults: [{ file: platform, message: 'was modified' }],
    });
    await transaction[Symbol.asyncDispose]();
    await expectUntouched({ ...before, [platform]: 'saved in the last moment\n' });
  });

  it('because the guard went to someone else leaves all as it is', async () => {
    const attempted = attempt(async (transaction) => {
      await stageChange(transaction);
      rmSync(at('.proto/guard.json'));
    });
    await expect(attempted).rejects.toMatchObject({ code: 'INSTALLATION_HELD' });
    await expectUntouched();
  });

  it('and is discarded leaves all as it is', async () => {
    const transaction = await open();
    await stageChange(transaction);
    await transaction[Symbol.asyncDispose]();
    await expectUntouched();
  });

  it('is seen by check, before anything that cannot be undone', async () => {
    const transaction = await open();
    await stageChange(transaction);
    await transaction.check();
    put(folder, platform, 'saved meanwhile\n');
    await expect(transaction.check()).rejects.toMatchObject({ code: 'FILE_CHANGED_MEANWHILE' });
    await transaction[Symbol.asyncDispose]();
    await expectUntouched({ ...before, [platform]: 'saved meanwhile\n' });
  });

  it.each([
    ['a file', platform],
    ['a folder with files in it', 'backend/config'],
    ['a folder further up', 'backend'],
    ['a static bundle', 'frontend'],
    ['the lock file', '.proto/lock.json'],
    ['the merge base', '.proto/base'],
  ])(
    'because %s is a symbolic link is refused, and nothing is written through it',
    async (_, path) => {
      const elsewhere = join(desk, 'elsewhere');
      renameSync(at(path), elsewhere);
      symlinkSync(elsewhere, at(path));
      const seen = lstatSync(elsewhere).isDirectory()
        ? readTree(elsewhere)
        : readFileSync(elsewhere);
      await expect(attempt(stageChange)).rejects.toMatchObject({
        code: 'PATH_IN_THE_WAY',
        exitCode: 3,
        message: `${at(path)} is a symbolic link.`,
      });
      expect(
        lstatSync(elsewhere).isDirectory() ? readTree(elsewhere) : readFileSync(elsewhere),
      ).toEqual(seen);
      expect(existsSync(at('.proto/staging'))).toBe(false);
      expect(existsSync(at('.proto/journal.json'))).toBe(false);
    },
  );

  it.each([
    [
      'a folder where a file belongs, as Docker makes one',
      (path: string) => mkdirSync(path),
      'is a folder, not a file',
    ],
    [
      'a pipe where a file belongs',
      (path: string) => execFileSync('mkfifo', [path]),
      'is not a regular file',
    ],
  ])('because of %s says so', async (_, make, message) => {
    rmSync(at(platform));
    make(at(platform));
    await expect(attempt(stageChange)).rejects.toMatchObject({
      code: 'PATH_IN_THE_WAY',
      message: `${at(platform)} ${message}.`,
    });
  });

  it('because a file is where a folder belongs says so', async () => {
    rmSync(at('frontend'), { recursive: true });
    writeFileSync(at('frontend'), 'a file');
    await expect(attempt(stageChange)).rejects.toMatchObject({
      code: 'PATH_IN_THE_WAY',
      message: `${at('frontend')} is not a folder.`,
    });
    expect(readFileSync(at('frontend'), 'utf8')).toBe('a file');
  });
});

describe('history', () => {
  const set = (kind: 'release' | 'config', content: string) => async () => {
    const transaction = await open();
    const expected = sha256(readFileSync(at(chatbot)));
    await transaction.write({ path: chatbot, content, mode: 0o640, expected });
    await transaction.commit({ ...record, kind });
  };

  it('keeps the last five states of each kind, under numbers that never come back', async () => {
    for (let round = 1; round <= 4; round++) await set('config', `${round}`)();
    for (let round = 5; round <= 9; round++) await set('release', `${round}`)();
    for (let round = 10; round <= 12; round++) await set('config', `${round}`)();
    const kept = await listHistory(folder);
    expect(kept.map(({ n }) => n)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(kept.filter(({ state }) => state?.kind === 'config')).toHaveLength(5);
    expect((await readState(folder, 12)).files.get(chatbot)?.bytes.toString()).toBe('11');
  });

  it('lets the settings of a release go together with its state', async () => {
    await set('config', '1')();
    for (let round = 2; round <= 8; round++) await set('release', `${round}`)();
    await set('config', '9')();
    expect((await listHistory(folder)).map(({ n }) => n)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it.each([
    ["of a newer program's", '{"formatVersion":2}'],
    ['without an end', ' '.repeat(9 * 1024 ** 2)],
  ])(
    'leaves a state alone that it cannot read, and says of it that it is damaged: %s',
    async (_, meta) => {
      put(folder, '.proto/history/7/meta.json', meta);
      await set('release', 'a')();
      expect((await listHistory(folder)).map(({ n, state }) => [n, state?.kind])).toEqual([
        [7, undefined],
        [8, 'release'],
      ]);
      await expect(readState(folder, 7)).rejects.toMatchObject({ code: 'STATE_DAMAGED' });
    },
  );

  it('does not give out a state whose files were altered', async () => {
    await set('release', 'a')();
    put(folder, `.proto/history/1/files/${chatbot}`, 'altered');
    await expect(readState(folder, 1)).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      message: expect.stringContaining(`does not contain the original ${chatbot}`),
    });
  });
});
