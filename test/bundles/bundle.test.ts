import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FetchOptions, fetchBundle } from '../../src/bundles/bundle.ts';
import { failure, type Opened, open } from '../lib/net/opened.ts';
import type { TarEntry } from '../support/registry/index.ts';
import { tarArchive } from '../support/registry/tar-archive.ts';

let opened: Opened;
let into: string;

beforeEach(async () => {
  opened = await open();
  into = await mkdtemp(join(tmpdir(), 'bundle-'));
});
afterEach(async () => {
  await rm(into, { recursive: true, force: true });
  await opened.close();
});

const site: readonly TarEntry[] = [
  { path: './', type: 'Directory' },
  { path: './index.html', content: '<p>hello' },
  { path: './assets/js/app.js', content: 'x'.repeat(300_000) },
];

async function fetched(
  content: readonly TarEntry[] | Buffer,
  options: Partial<FetchOptions> & { readonly layerMediaType?: string } = {},
) {
  const { layerMediaType, ...more } = options;
  await opened.rig.pushBundle('proto/web', 'stable', content, {
    ...(layerMediaType && { layerMediaType }),
  });
  return fetchTag(more);
}

async function fetchTag(options: Partial<FetchOptions> = {}) {
  const registry = await opened.registry();
  const resolved = await registry.resolve('proto/web', 'stable');
  return fetchBundle({ registry, resolved, into, ...options });
}

/** Every path below `into` with its permission bits. */
async function tree(): Promise<Record<string, string>> {
  const entries = await readdir(into, { recursive: true });
  const modes = entries.map(async (path) => {
    const { mode } = await stat(join(into, path));
    return [path, (mode & 0o7777).toString(8)];
  });
  return Object.fromEntries(await Promise.all(modes));
}

describe('a static bundle', () => {
  test('lies in its folder, and nothing beside it', async () => {
    expect(await fetched(site)).toEqual({ files: 2, bytes: 300_008 });
    expect(await tree()).toEqual({
      'index.html': '644',
      assets: '755',
      'assets/js': '755',
      'assets/js/app.js': '644',
    });
    expect(await readFile(join(into, 'index.html'), 'utf8')).toBe('<p>hello');
  });

  test('has its modes from neither the archive nor the umask', async () => {
    const before = process.umask(0o077);
    try {
      await fetched([
        { path: 'bin', type: 'Directory', mode: 0o1777 },
        { path: 'bin/su', mode: 0o4755, content: 'x' },
        { path: 'locked', mode: 0, content: 'x' },
      ]);
    } finally {
      process.umask(before);
    }
    expect(await tree()).toEqual({ bin: '755', 'bin/su': '644', locked: '644' });
  });

  test('tells how far it is', async () => {
    const seen: number[][] = [];
    await fetched(site, { onProgress: (...both) => seen.push(both) });
    const [bytes, total] = seen.at(-1) ?? [];
    expect(bytes).toBe(total);
    expect(seen.every(([done = 0], index) => done > (seen[index - 1]?.[0] ?? 0))).toBe(true);
  });

  test('is whole where it is longer than what is read, unzipped and written at once', async () => {
    const content = randomBytes(1_800_000);
    await fetched([{ path: 'large.bin', content }, ...site]);
    expect(content.equals(await readFile(join(into, 'large.bin')))).toBe(true);
    expect(await readFile(join(into, 'index.html'), 'utf8')).toBe('<p>hello');
  });

  test('survives a connection that breaks', async () => {
    opened.rig.faults.add({ kind: 'cut', afterBytes: 100, match: { role: 's3' }, times: 2 });
    expect((await fetched(site)).files).toBe(2);
  });

  test.each([
    ['application/vnd.oci.image.layer.v1.tar+gzip'],
    ['application/vnd.docker.image.rootfs.diff.tar.gzip'],
    ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
  ])('may have a layer of the type %s', async (layerMediaType) => {
    expect((await fetched(site, { layerMediaType })).files).toBe(2);
  });

  test('may name a folder twice, or after what is in it', async () => {
    await fetched([
      { path: 'a/b', content: '1' },
      { path: 'a', type: 'Directory' },
      { path: 'a/', type: 'Directory' },
    ]);
    expect(await tree()).toEqual({ a: '755', 'a/b': '644' });
  });
});

describe('a bundle is BUNDLE_INVALID', () => {
  const message = async (promise: Promise<unknown>) => {
    const error = await failure(promise);
    expect(error.code).toBe('BUNDLE_INVALID');
    return error.message;
  };

  test.each([
    [
      { path: '../outside', content: 'x' },
      /"\.\.\/outside" that would be extracted outside its folder/,
    ],
    [
      { path: '/etc/cron.d/x', content: 'x' },
      /"\/etc\/cron\.d\/x" that would be extracted outside/,
    ],
    [{ path: 'l', type: 'SymbolicLink', linkpath: '/etc' }, /"l" that is neither/],
    [{ path: 'l', type: 'Link', linkpath: 'index.html' }, /"l" that is neither/],
    [{ path: 'd', type: 'CharacterDevice' }, /"d" that is neither/],
  ] as const)('for the entry %j, which is named', async (entry, expected) => {
    const text = await message(fetched([...site, entry]));
    expect(text).toMatch(/^The bundle proto\/web:stable has an entry/);
    expect(text).toMatch(expected);
    expect(await readdir(join(into, '..'))).not.toContain('outside');
  });

  test('for two files of one name, and for a file in place of a folder', async () => {
    const twice = [{ path: 'a' }, { path: './a' }];
    expect(await message(fetched(twice))).toBe('The bundle proto/web:stable contains a twice.');
    await rm(join(into, 'a'));
    const both = [{ path: 'a' }, { path: 'a/b' }];
    expect(await message(fetched(both))).toBe('The bundle proto/web:stable contains a twice.');
  });

  test.each([
    [{ entries: 1 }, 'has more than 1 files and folders'],
    [{ bytes: 1000 }, 'unpacks to more than 1000 bytes'],
    [{ ratio: 2, ratioFloor: 1000 }, 'unpacks to more than'],
  ])('over the limit %j', async (limits, expected) => {
    expect(await message(fetched(site, { limits }))).toContain(expected);
  });

  test('where it is not a gzip, no tar, or cut off within either', async () => {
    const whole = gzipSync(tarArchive(site));
    for (const bad of [
      Buffer.from('plain text'),
      whole.subarray(0, -20),
      gzipSync('plain text, but long enough to be a header'.repeat(30)),
      gzipSync(tarArchive(site).subarray(0, 4096)),
    ]) {
      await rm(into, { recursive: true });
      into = await mkdtemp(join(tmpdir(), 'bundle-'));
      expect(await message(fetched(bad))).toMatch(/is damaged/);
    }
  });

  test('with no layer, several layers, a layer of another kind, or as an index', async () => {
    const digest = await opened.rig.pushRawBlob('proto/web', gzipSync(tarArchive(site)));
    const layer = { mediaType: 'x/tar+gzip', digest, size: 9 };
    for (const [manifest, expected] of [
      [{ config: layer, layers: [] }, /is not an artifact with one layer/],
      [{ config: layer, layers: [layer, layer] }, /is not an artifact with one layer/],
      [{ config: layer, layers: [{ ...layer, mediaType: 'image/png' }] }, /type image\/png/],
      [{ manifests: [] }, /is not an artifact with one layer/],
    ] as const) {
      opened.rig.pushRawManifest('proto/web', manifest, { tag: 'stable' });
      expect(await message(fetchTag())).toMatch(expected);
    }
  });
});

describe('nothing is unpacked', () => {
  test('of an archive with another digest or size than the manifest names', async () => {
    for (const kind of ['wrong-digest', 'endless'] as const) {
      opened.rig.faults.clear();
      opened.rig.faults.add({ kind, match: { role: 's3' } });
      expect((await failure(fetched(site))).code).toBe('REGISTRY_ANSWER_INVALID');
      expect(await tree()).toEqual({});
    }
  });
});

describe('a folder that cannot be written', () => {
  test('is reported with its path', async () => {
    const error = await failure(fetched(site, { into: join(into, 'missing') }));
    expect(error.code).toBe('FILE_SYSTEM_ERROR');
    expect(error.message).toContain(join(into, 'missing'));
  });

  test('over the current state: nothing is replaced', async () => {
    await writeFile(join(into, 'index.html'), "the operator's own");
    expect((await failure(fetched(site))).code).toBe('BUNDLE_INVALID');
    expect(await readFile(join(into, 'index.html'), 'utf8')).toBe("the operator's own");
  });
});

describe('a bundle that is too much', () => {
  const deep = (levels: number) => `${'d/'.repeat(levels - 1)}f`;

  test.each([
    ['33 levels', deep(33), 'has more than 32 levels'],
    [
      'a path of 4,090 bytes',
      Array(20).fill('a'.repeat(203)).join('/'),
      'has more than 1024 bytes',
    ],
    ['a name of 256 bytes', 'a'.repeat(256), 'has a name of more than 255 bytes'],
  ])('by %s is BUNDLE_INVALID, and nothing is written', async (_, path, says) => {
    const error = await failure(fetched([{ path, content: 'x' }]));
    expect([error.code, error.message]).toEqual(['BUNDLE_INVALID', expect.stringContaining(says)]);
    expect(error.message.length).toBeLessThan(500);
    expect(await tree()).toEqual({});
  });

  test('by no level more than 32 is none', async () => {
    expect((await fetched([{ path: deep(32), content: 'x' }])).files).toBe(1);
  });

  test('by folders that its paths imply is BUNDLE_INVALID: they count like entries', async () => {
    const files = Array.from({ length: 40 }, (_, index) => ({
      path: `${index}/${deep(31)}`,
      content: '',
    }));
    const error = await failure(fetched(files, { limits: { entries: 1000 } }));
    expect(error.message).toContain('has more than 1000 files and folders');
    expect(Object.keys(await tree()).length).toBeLessThanOrEqual(1000 + 32);
  });

  test('by the size that its manifest declares is BUNDLE_INVALID, before the first byte', async () => {
    const error = await failure(fetched(site, { limits: { archive: 100 } }));
    expect(error.message).toMatch(/declares an archive of .*, more than 100 B/);
    expect(opened.rig.requests.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  });
});

describe('a download that was ended', () => {
  const content = [{ path: 'app.js', content: randomBytes(1_000_000).toString('base64') }];
  const ranges = () =>
    opened.rig.requests.filter(({ role }) => role === 's3').map(({ headers }) => headers.range);
  const parts = () => join(into, '..', `${basename(into)}-parts`);
  afterEach(() => rm(parts(), { recursive: true, force: true }));

  async function cutOff(): Promise<void> {
    await opened.rig.pushBundle('proto/web', 'stable', content);
    opened.rig.faults.add({ kind: 'cut', afterBytes: 300_000, match: { role: 's3' }, times: 1 });
    opened.rig.faults.add({ kind: 'reset', match: { role: 's3' }, times: 4 });
    const error = await failure(fetchTag({ parts: parts() }));
    expect(error.code).toBe('NETWORK_UNREACHABLE');
  }

  test('is taken up by the next run, at the byte that it had reached', async () => {
    await cutOff();
    const before = ranges().length;
    await fetchTag({ parts: parts() });
    const [range, ...more] = ranges().slice(before);
    expect([Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]) > 200_000, more]).toEqual([true, []]);
    expect(await readFile(join(into, 'app.js'), 'utf8')).toBe(content[0]?.content);
    expect(await readdir(parts())).toEqual([]);
  });

  test('and whose bytes were changed meanwhile is begun again, once', async () => {
    await cutOff();
    const [name = ''] = await readdir(parts());
    await writeFile(join(parts(), name), Buffer.alloc(250_000, 'x'));
    const before = ranges().length;
    await fetchTag({ parts: parts() });
    expect(ranges().slice(before)).toEqual(['bytes=250000-', undefined]);
    expect(await readFile(join(into, 'app.js'), 'utf8')).toBe(content[0]?.content);
  });
});
