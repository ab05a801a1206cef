import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import exampleCredentials from '../../../proto_credentials.example.json' with { type: 'json' };
import { readMarker } from '../../../src/backup/restore-marker.ts';
import { tellOfUnfinishedRotation } from '../../../src/config/rotation-marker.ts';
import { readText } from '../../../src/lib/fs/files.ts';
import { parseCredentials } from '../../../src/registry/credentials.ts';
import { readState } from '../../../src/transaction/history.ts';
import { readJournal } from '../../../src/transaction/journal.ts';
import { damaged, hostileJson } from './hostile.ts';
import type { Reader } from './reader.ts';

/** Readers that open the file themselves, so that its bytes and its size are theirs to judge. */

const sha = '0'.repeat(64);
const holder = { pid: 1, host: 'x', startedAt: '2026-11-26T13:00:00.000Z' };
const journal = {
  formatVersion: 1,
  direction: 'forward',
  why: 'update',
  holder,
  history: 1,
  steps: [
    { kind: 'make', path: 'a', mode: 0o700 },
    { kind: 'write', path: 'a/b', before: null, after: sha },
    { kind: 'remove', path: 'c', before: sha },
    { kind: 'folder', path: 'webchat', after: null },
  ],
  expired: [1],
};
const marker = { formatVersion: 1, file: 'b.tar', startedAt: holder.startedAt };
const meta = {
  formatVersion: 1,
  why: 'update',
  savedAt: holder.startedAt,
  absent: ['a'],
  files: { b: { mode: 0o644, sha256: sha } },
};

/** Not UTF-8: a byte that stands for a half of a character, put anywhere; or an encoding of before. */
const bytes = fc.oneof(
  fc
    .tuple(
      damaged(JSON.stringify(exampleCredentials), ['{', '"']),
      fc.nat(),
      fc.constantFrom('\xff', '\xc0\x80', '\xed\xa0\x80', '\xf5\x80\x80\x80', '\xe9', '\x80'),
    )
    .map(([text, at, wrong]) => text.slice(0, at % (text.length + 1)) + wrong + text.slice(at)),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `\xff\xfe${text}`),
);

/** In a folder of its own, which each text is put into. */
function opening(
  name: string,
  texts: fc.Arbitrary<string>,
  at: string,
  read: (folder: string) => Promise<unknown>,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Reader {
  const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
  mkdirSync(join(folder, at, '..'), { recursive: true });
  return {
    name,
    texts,
    read(text) {
      writeFileSync(join(folder, at), text, encoding);
      return read(folder);
    },
    async close() {
      rmSync(folder, { recursive: true });
    },
  };
}

const reporter = { notice() {} } as never;
const huge = fc.constantFrom(9, 100, 2000);

export const readersOfDisk = (): readonly Reader[] => [
  opening('journal.json', hostileJson(journal), '.proto/journal.json', (at) => readJournal(at)),
  opening('a restore under way', hostileJson(marker), '.proto/restore.json', readMarker),
  opening(
    'a rotation under way',
    hostileJson({ formatVersion: 1, name: 'a', startedAt: '', files: { 'backend/a': 'b' } }),
    '.proto/rotation.json',
    (at) => tellOfUnfinishedRotation({ reporter }, at, true),
  ),
  opening('a state of history', hostileJson(meta), '.proto/history/1/meta.json', (at) =>
    readState(at, 1),
  ),
  opening(
    'bytes that are no UTF-8',
    bytes,
    'c.json',
    async (at) => parseCredentials((await readText(join(at, 'c.json'))) ?? '', 'c.json'),
    'latin1',
  ),
  opening('a line without an end', huge.map(String), 'c.json', async (at) => {
    const path = join(at, 'c.json');
    const megabytes = Number(await readText(path)) || 9;
    // Its blocks are never on the disk, and read as NUL.
    truncateSync(path, megabytes * 1024 ** 2);
    return readText(path);
  }),
];
