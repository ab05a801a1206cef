import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mustFail } from '../support/failures.ts';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry, type TarEntry } from '../support/registry/index.ts';
import { tarArchive } from '../support/registry/tar-archive.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
});
afterEach(() => desk.remove());

const good: TarEntry = { path: 'index.html', content: '<p>' };

const hostile: [string, readonly TarEntry[] | Buffer, RegExp][] = [
  [
    'a path that climbs',
    [good, { path: '../../evil', content: 'x' }],
    /"\.\.\/\.\.\/evil" that would be extracted outside/,
  ],
  [
    'a path that climbs within',
    [{ path: 'a/../../evil' }],
    /would be extracted outside its folder/,
  ],
  ['an absolute path', [{ path: '/etc/evil' }], /would be extracted outside its folder/],
  [
    'a link out of it',
    [{ path: 'a', type: 'SymbolicLink', linkpath: '/etc' }, { path: 'a/x' }],
    /neither a file nor a folder \(SymbolicLink\)/,
  ],
  [
    'a link within it',
    [good, { path: 'a', type: 'SymbolicLink', linkpath: 'index.html' }],
    /neither a file nor a folder/,
  ],
  [
    'a hard link',
    [good, { path: 'a', type: 'Link', linkpath: '../../../etc/passwd' }],
    /neither a file nor a folder \(Link\)/,
  ],
  ['a device', [{ path: 'null', type: 'CharacterDevice' }], /neither a file nor a folder/],
  [
    'a path of 2,000 levels',
    [good, { path: `${'d/'.repeat(1999)}f`, content: 'x' }],
    /whose path has more than 32 levels/,
  ],
  [
    'a path of 4,090 bytes',
    [good, { path: Array(20).fill('a'.repeat(203)).join('/'), content: 'x' }],
    /whose path has more than 1024 bytes/,
  ],
  ['a pipe', [{ path: 'pipe', type: 'FIFO' }], /neither a file nor a folder/],
  ['one file twice', [good, good], /contains index\.html twice/],
  ['a file as a folder', [good, { path: 'index.html/x' }], /contains index\.html twice/],
  ['control characters in a name', [{ path: 'a\u001b[2Jb' }], /"a\\u001b\[2Jb"/],
  ['no gzip', Buffer.from('not an archive'), /damaged: part of it is not gzip/],
  ['half of a gzip', gzipSync(tarArchive([good])).subarray(0, 40), /damaged/],
  ['gzip of something else', gzipSync(Buffer.from('x'.repeat(2000))), /damaged/],
  ['an archive within gzip twice', gzipSync(gzipSync(tarArchive([good]))), /compressed twice/],
  [
    'zeros without end',
    gzipSync(tarArchive([{ path: 'bomb', content: Buffer.alloc(64 * 1024 ** 2) }])),
    /unpacks to more than \d+ bytes/,
  ],
];

describe('a static bundle', () => {
  it.each(hostile)('with %s is refused, and nothing is left', async (_what, content, message) => {
    await registry.pushBundle('proto/webchat', 'stable', content);
    const { error } = await mustFail(desk, ['init'], {
      code: 'BUNDLE_INVALID',
      exitCode: 4,
      message,
      hint: /^Nothing was written\. Send the message to the vendor\.$/,
    });
    expect(error.message).toMatch(/proto\/webchat@sha256:/);
  });
});
