import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ArchiveFault } from '../../../src/backup/entries.ts';
import { unpackTar } from '../../../src/bundles/bundle-unpack.ts';
import { UserError } from '../../../src/errors.ts';
import { readBack, written } from '../../backup/archive.ts';
import { type TarEntry, tarArchive } from '../../support/registry/tar-archive.ts';
import { shareOf, timeout } from '../support/runs.ts';

/** Archives that were made to leave their folder, or damaged: refused, with nothing outside. */

const root = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const part = fc.constantFrom(
  '..',
  '.',
  'a',
  'b',
  '',
  '.proto',
  'c:',
  '\\',
  'é',
  '-rf',
  'x'.repeat(90),
);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/') || '/');
const types = [
  'File',
  'File',
  'Directory',
  'SymbolicLink',
  'Link',
  'CharacterDevice',
  'FIFO',
] as const;
const entry: fc.Arbitrary<TarEntry> = fc
  .record({
    path,
    type: fc.constantFrom(...types),
    link: path,
    content: fc.constantFrom('', 'hello'),
  })
  .map(({ path, type, link, content }) => ({
    path,
    type,
    ...(type === 'File' ? { content } : {}),
    ...(/Link$/.test(type) ? { linkpath: link } : {}),
  }));
const bytes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });

function damagedBy(archive: Buffer, edits: [at: number, byte: number][], cut: number): Buffer {
  const copy = Buffer.from(archive);
  for (const [at, byte] of edits) copy[at % copy.length] = byte;
  return cut % 3 === 0 ? copy.subarray(0, cut % copy.length) : copy;
}

async function* chunks(archive: Buffer): AsyncIterable<Buffer> {
  for (let at = 0; at < archive.length; at += 700) yield archive.subarray(at, at + 700);
}

/** Those of the entries that a plain header can hold. */
function archiveOf(entries: readonly TarEntry[]): Buffer {
  const fit = entries.filter((entry) => {
    try {
      return tarArchive([entry]).length > 0;
    } catch {
      return false;
    }
  });
  return tarArchive(fit);
}

describe('an archive', () => {
  it(
    'of a bundle writes nothing but plain files below its folder',
    async () => {
      let made = 0;
      let unpacked = 0;
      const check = fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 5 }),
        bytes,
        fc.nat(),
        async (entries, edits, cut) => {
          const home = join(root, String(made++));
          mkdirSync(join(home, 'in/to'), { recursive: true });
          const archive = damagedBy(archiveOf(entries), edits.slice(0, cut % 4), cut);
          try {
            const limits = { entries: 10, bytes: 100_000 };
            await unpackTar(chunks(archive), {
              into: join(home, 'in/to'),
              name: 'x',
              room: 1e9,
              limits,
            });
            unpacked += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
          expect([readdirSync(home), readdirSync(join(home, 'in'))]).toEqual([['in'], ['to']]);
          const found = readdirSync(join(home, 'in/to'), { recursive: true, withFileTypes: true });
          for (const each of found) expect(each.isFile() || each.isDirectory()).toBe(true);
          rmSync(home, { recursive: true });
        },
      );
      // One is harmless in any case: what refuses all shows nothing.
      const harmless: TarEntry = { path: 'a/b', type: 'File', content: 'hello' };
      await fc.assert(check, { numRuns: 20 + shareOf(10), examples: [[[harmless], [], 4]] });
      expect(unpacked).toBeGreaterThan(0);
    },
    timeout,
  );

  it(
    'of a backup is as it was written, or refused',
    async () => {
      const whole = await written([
        [{ name: 'files.tar', kind: 'files' }, [Buffer.from('files')]],
        [{ name: 'postgres.dump', kind: 'database', service: 'postgres' }, [Buffer.alloc(3000, 1)]],
      ]);
      const check = fc.asyncProperty(bytes, fc.nat(), async (edits, cut) => {
        const archive = damagedBy(whole, edits, cut);
        try {
          await readBack(archive);
          expect(archive.equals(whole)).toBe(true);
        } catch (error) {
          if (!(error instanceof ArchiveFault)) throw error;
          expect(archive.equals(whole)).toBe(false);
        }
      });
      await fc.assert(check, { numRuns: 20 + shareOf(10) });
    },
    timeout,
  );
});
