import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createTarReader, TarError, type TarStep } from '../../src/bundles/tar-steps.ts';
import { safePath } from '../../src/lib/fs/path-below.ts';
import { type TarEntry, tarArchive } from '../support/registry/tar-archive.ts';

/** All steps of an archive that comes in chunks of this size. */
function steps(archive: Buffer, chunkSize = archive.length): TarStep[] {
  const reader = createTarReader();
  const all: TarStep[] = [];
  for (let at = 0; at < archive.length; at += chunkSize) {
    all.push(...reader.read(archive.subarray(at, at + chunkSize)));
  }
  return [...all, ...reader.end()];
}

/** Names and contents of all files, and names of folders with a slash at their end. */
function summary(all: readonly TarStep[]): string[] {
  const lines: string[] = [];
  for (const step of all) {
    if (step.kind === 'folder') lines.push(`${step.path}/`);
    if (step.kind === 'file') lines.push(`${step.path}=`);
    if (step.kind === 'bytes') lines.push(`${lines.pop()}${step.chunk}`);
  }
  return lines;
}

/** An entry for node-tar's extended header, so that names may be of any form. */
function paxEntry(records: Readonly<Record<string, string>>, entry: TarEntry): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest);
    while (String(length).length + Buffer.byteLength(rest) !== length) {
      length = String(length).length + Buffer.byteLength(rest);
    }
    return `${length}${rest}`;
  });
  const extended = tarArchive([{ path: 'PaxHeader', content: lines.join('') }]);
  extended[156] = 'x'.charCodeAt(0);
  return Buffer.concat([withChecksum(extended).subarray(0, -1024), tarArchive([entry])]);
}

function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** An archive whose one entry has this type flag. */
function flagged(flag: string): Buffer {
  const archive = tarArchive([{ path: 'odd' }]);
  archive[156] = flag.charCodeAt(0);
  return withChecksum(archive);
}

describe('an archive of files and folders', () => {
  const archive = tarArchive([
    { path: './', type: 'Directory' },
    { path: './assets/', type: 'Directory' },
    { path: './assets//app.js', content: 'x'.repeat(1500) },
    { path: 'index.html', content: '<p>hi' },
    { path: 'empty' },
  ]);
  const expected = ['assets/', `assets/app.js=${'x'.repeat(1500)}`, 'index.html=<p>hi', 'empty='];

  test.each([[archive.length], [512], [700], [7]])('is read in chunks of %i bytes', (size) => {
    expect(summary(steps(archive, size))).toEqual(expected);
  });

  test('ends each file', () => {
    const kinds = steps(archive).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'end').length).toBe(3);
    expect(kinds.at(-1)).toBe('end');
  });

  test('may have long names and names in any script', () => {
    const path = `${'folder-of-many/'.repeat(20)}日本.html`;
    expect(summary(steps(paxEntry({ path }, { path: 'short', content: 'a' })))).toEqual([
      `${path}=a`,
    ]);
  });
});

describe('an archive is refused', () => {
  test.each([
    ['SymbolicLink', '/etc/passwd'],
    ['SymbolicLink', '../outside'],
    ['SymbolicLink', 'index.html'],
    ['Link', '/etc/passwd'],
    ['Link', 'index.html'],
  ] as const)('for a %s to %s', (type, linkpath) => {
    const archive = tarArchive([{ path: 'index.html' }, { path: 'link', type, linkpath }]);
    expect(() => steps(archive)).toThrow(
      new TarError(`has an entry "link" that is neither a file nor a folder (${type})`),
    );
  });

  test.each([['CharacterDevice'], ['FIFO']] as const)('for a %s', (type) => {
    expect(() => steps(tarArchive([{ path: 'dev', type }]))).toThrow(/neither a file nor a folder/);
  });

  test.each([['S'], ['M'], ['V'], ['Z']])('for an entry of the kind %s', (flag) => {
    expect(() => steps(flagged(flag))).toThrow(TarError);
  });

  test.each([
    ['/etc/cron.d/x'],
    ['../x'],
    ['a/../../x'],
    ['a/..'],
    ['..'],
    ['a/\nb'],
    ['a\u001b[31mb'],
    ['a\u0085b'],
  ])('for the path %j, naming it without control characters', (path) => {
    // Beyond ASCII a name needs an extended header, and there a line break ends it.
    const inAscii = Buffer.byteLength(path) === path.length;
    const archive = inAscii ? tarArchive([{ path }]) : paxEntry({ path }, { path: 'harmless' });
    const refused = () => steps(archive);
    expect(refused).toThrow(TarError);
    expect(refused).toThrow(/would be extracted outside its folder/);
    expect(refused).not.toThrow(/\p{Cc}/u);
  });

  test('for a file in place of the root', () => {
    expect(() => steps(tarArchive([{ path: './.', content: 'x' }]))).toThrow(TarError);
  });

  test('for a path of an extended header, as for a path of its own', () => {
    const archive = paxEntry({ path: '../x' }, { path: 'harmless', content: 'x' });
    expect(() => steps(archive)).toThrow(/"\.\.\/x" that would be extracted outside/);
  });

  test('where it is not a tar, or empty, or cut off, or changed', () => {
    const archive = tarArchive([{ path: 'a', content: 'x'.repeat(2000) }]);
    const changed = Buffer.from(archive);
    changed[0] = 1;
    for (const bad of [
      Buffer.alloc(2048, 'not a tar'),
      tarArchive([]),
      archive.subarray(0, 1024),
      changed,
    ]) {
      expect(() => steps(bad)).toThrow(/^is damaged/);
    }
  });

  test('where it is compressed twice, which would be unzipped past all limits', () => {
    expect(() => steps(gzipSync(tarArchive([{ path: 'a' }])))).toThrow('is compressed twice');
  });
});

test.each([
  ['./a//b/', 'a/b'],
  ['./', ''],
  ['a', 'a'],
  ['.hidden', '.hidden'],
  ['a..b', 'a..b'],
  ['/a', undefined],
  ['a/../b', undefined],
  ['a\0b', undefined],
])('the path %j is safe as %j', (path, expected) => {
  expect(safePath(path)).toBe(expected);
});
