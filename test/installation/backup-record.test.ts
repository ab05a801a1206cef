import { describe, expect, it } from 'vitest';
import { backupName } from '../../src/backup/manifest.ts';
import {
  dropLoading,
  dropReplaced,
  loadingName,
  makeLoading,
  missingRoles,
  replacedName,
  storedName,
  swapIn,
  swapOut,
} from '../../src/data/restore-sql.ts';
import { addToRecord, readRecord } from '../../src/installation/backup-record.ts';
import { readSettings } from '../../src/installation/settings.ts';

describe('.proto/backups.json', () => {
  const made = (bytes: number) => ({ file: `/b/${bytes}`, createdAt: 'x', bytes, release: '1' });

  it('keeps the newest twenty, the newest last', () => {
    let text: string | undefined;
    for (let bytes = 1; bytes <= 25; bytes++) text = addToRecord(text, made(bytes));
    expect(readRecord(text).map(({ bytes }) => bytes)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 6),
    );
  });

  it('is begun again where it cannot be read', () => {
    expect(readRecord(addToRecord('{"formatVersion":1', made(7)))).toEqual([made(7)]);
  });
});

it('a backup is named after customer and local time', () => {
  expect(backupName('proto-backup', 'Example Bank/../x', '2026-11-23 09:04 (+08:00)')).toBe(
    'proto-backup-example-bank-x-2026-11-23-0904.tar',
  );
  const long = backupName('proto-before-restore', 'x'.repeat(300), '2026-11-23 09:04 (+08:00)');
  expect(`${long}-99.age`.length).toBeLessThan(255);
});

describe('proto.toml', () => {
  it.each([
    [undefined, 'yes', 0],
    ['', 'yes', 0],
    ['[update]\nbackup = "no" # nightly by cron', 'no', 0],
    ['update.backup = "yes"', 'yes', 0],
    ['[update]\nbackup = false', 'yes', 1],
    ['[update]\nbackup = "{YOUR_UPDATE_BACKUP}"', 'yes', 1],
    ['[update', 'yes', 1],
    ['update = 1', 'yes', 0],
  ])('%j means %s', (text, expected, problems) => {
    const settings = readSettings(text);
    expect(settings.backup).toBe(expected);
    expect(settings.problems).toHaveLength(problems);
  });

  it('keeps the findings that are known, each with its reason', () => {
    const { ignore, problems } = readSettings(
      '[ignore]\nmemory = " small test host "\nos = ""\nurl = 1\n',
    );
    expect([...ignore]).toEqual([['memory', 'small test host']]);
    expect(problems).toEqual([
      'proto.toml: ignore.os needs a reason, in quotes. The check is not ignored.',
      'proto.toml: ignore.url needs a reason, in quotes. The check is not ignored.',
    ]);
  });
});

describe('the SQL of a restore', () => {
  const roles = `SET default_transaction_read_only = off;
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER PASSWORD 'SCRAM-SHA-256$4096:x';
CREATE ROLE "read""er";
`;

  it('makes each role by itself, and everything else in one transaction with the new name', () => {
    expect(missingRoles(roles)).toBe('CREATE ROLE postgres;\nCREATE ROLE "read""er";\n');
    const lines = swapIn('plat"form', roles, true).split('\n');
    expect(lines[0]).toBe('BEGIN;');
    expect(lines).toContain("ALTER ROLE postgres WITH SUPERUSER PASSWORD 'SCRAM-SHA-256$4096:x';");
    expect(lines.join()).not.toContain('CREATE ROLE');
    expect(lines.slice(-4)).toEqual([
      'ALTER DATABASE "plat""form" RENAME TO "plat""form_replaced";',
      'ALTER DATABASE "plat""form_restoring" RENAME TO "plat""form";',
      'COMMIT;',
      '',
    ]);
  });

  it('gives the name back to the old database, in one transaction with the roles as they were', () => {
    expect(swapOut('platform', roles, true).split('\n')).toEqual([
      'BEGIN;',
      "ALTER ROLE postgres WITH SUPERUSER PASSWORD 'SCRAM-SHA-256$4096:x';",
      'ALTER DATABASE "platform" RENAME TO "platform_restoring";',
      'ALTER DATABASE "platform_replaced" RENAME TO "platform";',
      'COMMIT;',
      '',
    ]);
    expect(swapOut('platform', '', false)).not.toContain('_replaced');
  });

  // PostgreSQL cuts an identifier after 63 bytes, so a name that is too long would be the live database's.
  it.each([
    'a'.repeat(53),
    'a'.repeat(54),
    'a'.repeat(63),
    `${'a'.repeat(53)}_restoring`,
    `${'a'.repeat(54)}_replaced`,
    'ж'.repeat(31),
    `a${'ж'.repeat(31)}`,
    '漢'.repeat(21),
    '😀'.repeat(15),
    'z'.repeat(100),
  ])('keeps the loading and the replaced database of %s apart from it', (name) => {
    const stored = storedName(name);
    const names = [stored, loadingName(name), replacedName(name)];
    expect(new Set(names).size).toBe(3);
    for (const one of names) {
      expect(Buffer.byteLength(one)).toBeLessThanOrEqual(63);
      expect(one).not.toContain('\uFFFD');
      expect(Buffer.from(one).toString()).toBe(one);
    }
    // Found again by the command that completes the restore, also from the name that PostgreSQL stores.
    expect(loadingName(name)).toBe(loadingName(stored));
    const live = `DROP DATABASE IF EXISTS "${stored}";`;
    expect(makeLoading(name) + dropLoading(name) + dropReplaced(name)).not.toContain(live);
  });

  it('gives two long names with the same beginning different names', () => {
    const [one, other] = [`${'a'.repeat(60)}_b1`, `${'a'.repeat(60)}_b2`];
    expect(loadingName(one)).not.toBe(loadingName(other));
    expect(replacedName(one)).not.toBe(replacedName(other));
  });
});
