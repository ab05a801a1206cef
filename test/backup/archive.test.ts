import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieceSize } from '../../src/backup/manifest.ts';
import { decodeHeader, encodeHeader } from '../../src/lib/fs/ustar.ts';
import { type Content, header, readBack, written } from './archive.ts';

const database = { name: 'postgres.dump', kind: 'database', service: 'postgres' } as const;
const files = { name: 'files.tar', kind: 'files' } as const;
const text = (content: string) => [Buffer.from(content)];
const small: Content[] = [
  [files, text('files')],
  [database, text('rows'.repeat(300))],
];

const refusalOf = async (archive: Buffer): Promise<string> => {
  try {
    await readBack(archive);
    return 'accepted';
  } catch (error) {
    return (error as { kind?: string }).kind ?? `not by us: ${error}`;
  }
};

describe('a backup archive', () => {
  it('gives back what was written, however it comes in chunks', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        chunks,
        chunks,
        fc.integer({ min: 1, max: 5000 }),
        async (one, two, size) => {
          const archive = await written([
            [files, one],
            [database, two],
          ]);
          const { manifest, parts } = await readBack(archive, size);
          expect(parts['files.tar'] ?? Buffer.alloc(0)).toEqual(Buffer.concat(one));
          expect(parts['postgres.dump'] ?? Buffer.alloc(0)).toEqual(Buffer.concat(two));
          expect(manifest.parts.map(({ name, bytes }) => [name, bytes])).toEqual([
            ['files.tar', Buffer.concat(one).length],
            ['postgres.dump', Buffer.concat(two).length],
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes a part that is longer than a piece in several', async () => {
    const long = Buffer.alloc(2 * pieceSize + 5, 'long');
    const { manifest, parts } = await readBack(await written([[database, [long]]]));
    expect(manifest.parts[0]).toMatchObject({ pieces: 3, bytes: long.length });
    expect(parts['postgres.dump']?.equals(long)).toBe(true);
  });

  it('is read by tar(1), the pieces in their order', async () => {
    const long = Buffer.alloc(pieceSize + 1, 'x');
    const archive = await written([[database, [long]]]);
    const listed = execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' });
    expect(listed.trim().split('\n')).toEqual([
      'proto-backup.json',
      'postgres.dump/0000001',
      'postgres.dump/0000002',
      'manifest.json',
      'manifest.sha256',
    ]);
    const args = ['-xOf', '-', '--wildcards', 'postgres.dump/*'];
    const options = { input: archive, maxBuffer: 2 * pieceSize };
    expect(execFileSync('tar', args, options).equals(long)).toBe(true);
  });

  it('is refused with any bit flipped', async () => {
    const archive = await written(small);
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length * 8 - 1), async (bit) => {
        const flipped = Buffer.from(archive);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await refusalOf(flipped)).toMatch(/^(foreign|damaged|newer)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused where it was interrupted, at every block and beside it', async () => {
    const archive = await written(small);
    for (let end = 0; end < archive.length; end += 256) {
      expect(await refusalOf(archive.subarray(0, end)), `cut at ${end}`).toMatch(/foreign|damaged/);
    }
    expect(await refusalOf(archive.subarray(0, archive.length - 1))).toBe('damaged');
    expect(await refusalOf(archive)).toBe('accepted');
  });

  it('is refused with something behind its end', async () => {
    const archive = await written(small);
    expect(await refusalOf(Buffer.concat([archive, Buffer.from('x')]))).toBe('damaged');
    expect(await refusalOf(Buffer.concat([archive, archive]))).toBe('damaged');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(10_240)],
    ['text', Buffer.from('a letter\n'.repeat(200))],
    ['another tar archive', execFileSync('tar', ['-cf', '-', '-C', '/etc', 'hostname'])],
  ])('that is %s is none of ours', async (_, archive) => {
    expect(await refusalOf(archive)).toBe('foreign');
  });

  it('of a newer format is reported as such', async () => {
    const newer = { ...header, formatVersion: 2 } as never;
    expect(await refusalOf(await written(small, newer))).toBe('newer');
  });
});

/** An entry that stands where the archive of `small` has its first piece. */
async function withEntry(name: string, size: number): Promise<Buffer> {
  const archive = await written(small);
  const mtime = Date.parse(header.createdAt) / 1000;
  const at = archive.indexOf('files.tar/0000001');
  const entry = Buffer.from(encodeHeader({ name, size, mtime }));
  return Buffer.concat([archive.subarray(0, at), entry, archive.subarray(at + 512)]);
}

describe('an entry', () => {
  it.each(['../../etc/passwd', '/etc/passwd', 'files.tar/../x', 'files.tar', 'files.tar/0000002'])(
    'named %s is refused',
    async (name) => {
      expect(await refusalOf(await withEntry(name, 5))).toBe('damaged');
    },
  );

  it.each([0, 4, 6, pieceSize + 1, 8 * 1024 ** 3 - 1])(
    'of a wrong size, %i, is refused',
    async (size) => {
      expect(await refusalOf(await withEntry('files.tar/0000001', size))).toBe('damaged');
    },
  );

  it('has one header, which is read back', () => {
    const entry = fc.record({
      name: fc.stringMatching(/^[a-z./0-9-]{1,100}$/),
      size: fc.nat(2 ** 31 - 1),
      mtime: fc.nat(2 ** 31 - 1),
    });
    fc.assert(
      fc.property(entry, (made) => {
        expect(decodeHeader(encodeHeader(made))).toEqual(made);
      }),
    );
  });

  it('with a name in two places, or a part in two pieces apart, is refused', async () => {
    const twice = await written([
      [files, text('a')],
      [database, text('b')],
      [files, text('c')],
    ]);
    expect(await refusalOf(twice)).toBe('damaged');
    // What is empty has no entry, and is in the manifest alone.
    const emptyTwice = await written([
      [files, []],
      [files, []],
    ]);
    expect(await refusalOf(emptyTwice)).toBe('damaged');
  });
});
