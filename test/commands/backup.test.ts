import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Content, header, written } from '../backup/archive.ts';
import { Desk } from '../support/program.ts';
import { tarArchive } from '../support/registry/tar-archive.ts';

/** `backup --verify` and what `backup` refuses, where there is neither an engine nor an installation. */

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.putOnPath('docker', 'exit 99');
});
afterEach(() => desk.remove());

const parts: Content[] = [
  [{ name: 'files.tar', kind: 'files' }, [tarArchive([{ path: 'proto.toml', content: '' }])]],
  [{ name: 'postgres.dump', kind: 'database', service: 'postgres' }, [Buffer.alloc(2_000_000)]],
];
/** What an archive of files may not be: it would take minutes, or could not be removed again. */
const hostileFiles: [what: string, files: () => Buffer][] = [
  ['with files that are no archive', () => Buffer.from('files')],
  ['with a path of 2,000 levels', () => archiveWith(`${'d/'.repeat(2000)}f`)],
  ['with a path of 4,090 bytes', () => archiveWith(Array(20).fill('a'.repeat(200)).join('/'))],
  ['with a name of 256 bytes', () => archiveWith('a'.repeat(256))],
  ['with a path that leads out', () => archiveWith('../f')],
];
const archiveWith = (path: string) => tarArchive([{ path, content: 'x' }]);

const put = (name: string, content: Buffer | string) => writeFileSync(desk.path(name), content);

describe('backup --verify', () => {
  it('tells of a whole one what it is of, without an installation', async () => {
    put('b.tar', await written(parts));
    const { code, stdout } = await desk.run('backup', '--verify', 'b.tar');
    expect(code).toBe(0);
    expect(stdout).toContain('b.tar is valid');
    expect(stdout).toContain(
      'from example-bank, release 2026.11.0 (stable), by proto-scaffold 0.1.0',
    );
    expect(stdout).toMatch(/database \(postgres\) +2\.0 MB/);
    const { document } = await desk.json('backup', '--verify', 'b.tar');
    expect(document.result).toMatchObject({
      verified: true,
      encrypted: false,
      customer: 'example-bank',
      parts: [{ name: 'files.tar' }, { name: 'postgres.dump', bytes: 2_000_000 }],
    });
  });

  it.each<[what: string, code: string, exitCode: number, prepare: () => Promise<void>]>([
    ['nothing there', 'BACKUP_NOT_FOUND', 2, async () => {}],
    ['a text', 'BACKUP_FOREIGN', 2, async () => put('b.tar', 'no tar\n')],
    [
      'half',
      'BACKUP_DAMAGED',
      2,
      async () => put('b.tar', (await written(parts)).subarray(0, 9999)),
    ],
    [
      'of a newer program',
      'BACKUP_NEWER',
      5,
      async () => put('b.tar', await written(parts, { ...header, formatVersion: 2 } as never)),
    ],
    ['encrypted', 'BACKUP_ENCRYPTED', 2, async () => put('b.tar', 'age-encryption.org/v1\n-> X')],
  ])('%s is refused with %s', async (_, expected, exitCode, prepare) => {
    await prepare();
    const { code, document, stderr } = await desk.json('backup', '--verify', 'b.tar');
    expect(document.error.code).toBe(expected);
    expect(code).toBe(exitCode);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('backup --verify of files', () => {
  it.each(hostileFiles)('%s is refused with BACKUP_DAMAGED', async (_, files) => {
    put('b.tar', await written([[{ name: 'files.tar', kind: 'files' }, [files()]]]));
    const { code, document } = await desk.json('backup', '--verify', 'b.tar');
    expect([document.error.code, code]).toEqual(['BACKUP_DAMAGED', 2]);
    expect(document.error.message.length).toBeLessThan(500);
  });
});

describe('backup', () => {
  it.each([
    [['--verify']],
    [['--identity', 'key', 'b.tar']],
    [['--verify', '--encrypt-to', 'age1x', 'b.tar']],
  ])('with %j is not a use of it', async (args) => {
    const { code, document } = await desk.json('backup', ...args);
    expect(document.error.code).toBe('USAGE');
    expect(code).toBe(2);
  });

  it('of nothing says that there is no installation', async () => {
    const { document } = await desk.json('backup');
    expect(document.error.code).toBe('NOT_AN_INSTALLATION');
    const restore = await desk.json('restore', 'b.tar');
    expect(restore.document.error.code).toBe('NOT_AN_INSTALLATION');
  });
});
