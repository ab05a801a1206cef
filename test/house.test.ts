import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
// @ts-expect-error scripts have no types
import { breaches } from '../scripts/house.mjs';

/** The rules of lint/, held against a small house in which each of them is broken. */

const root = fileURLToPath(new URL('..', import.meta.url));
const house = mkdtempSync(join(tmpdir(), 'proto-scaffold-house-'));
afterAll(() => rmSync(house, { recursive: true }));

/** What is in order: each pure file may be imported from anywhere below it. */
const sound: Record<string, string> = {
  'src/errors.ts': 'export const x = 1;',
  'src/lib/fs/place.ts': "import fs from 'node:fs'; export const place = fs;",
  'src/lib/text/words.ts': "import { z } from 'zod'; export const words = z;",
  'src/merge/merge.ts': "import { words } from '../lib/text/words.ts'; export const merge = words;",
  'src/update/plan-update.ts':
    "import type { place } from '../lib/fs/place.ts'; import { merge } from '../merge/merge.ts'; export const plan = merge; export type F = typeof place;",
  'src/update/apply.ts':
    "import { place } from '../lib/fs/place.ts'; import { plan } from './plan-update.ts'; export const apply = [place, plan];",
  'src/commands/update.ts':
    "import { apply } from '../update/apply.ts'; export const update = apply;",
  'src/cli/tree.ts': "export const run = () => import('../commands/update.ts');",
};

const broken: [path: string, text: string, breach: string][] = [
  [
    'src/lib/fs/up.ts',
    "import { merge } from '../../merge/merge.ts'; export const up = merge;",
    'lib imports only domains above it: src/lib/fs/up.ts -> src/merge/merge.ts',
  ],
  [
    'src/merge/up.ts',
    "import type { plan } from '../update/plan-update.ts'; export type Up = typeof plan;",
    'merge imports only domains above it: src/merge/up.ts -> src/update/plan-update.ts',
  ],
  [
    'src/backup/up.ts',
    "export { update } from '../commands/update.ts';",
    'backup imports only domains above it: src/backup/up.ts -> src/commands/update.ts',
  ],
  [
    'src/compose/loose.ts',
    "import { spawn } from 'node:child_process'; export const loose = spawn;",
    'programs are started by lib/process only, which cleans their environment: src/compose/loose.ts -> child_process',
  ],
  [
    'src/backup/late.ts',
    "export const late = () => import('../commands/update.ts');",
    'backup imports only domains above it: src/backup/late.ts -> src/commands/update.ts',
  ],
  [
    'src/commands/other.ts',
    "import { update } from './update.ts'; export const other = update;",
    'commands do not import each other: src/commands/other.ts -> src/commands/update.ts',
  ],
  [
    'src/cli/past.ts',
    "import { merge } from '../merge/merge.ts'; export const past = merge;",
    'cli imports only commands, lib and errors: src/cli/past.ts -> src/merge/merge.ts',
  ],
  [
    'src/nginx/ring.ts',
    "import { back } from './ring-back.ts'; export const ring = () => back;",
    '',
  ],
  [
    'src/nginx/ring-back.ts',
    "import { ring } from './ring.ts'; export const back = () => ring;",
    'no circle: src/nginx/ring-back.ts -> src/nginx/ring.ts -> src/nginx/ring-back.ts',
  ],
  [
    'src/merge/reads.ts',
    "import { place } from '../lib/fs/place.ts'; export const reads = place;",
    'pure code imports only parsers: src/merge/reads.ts -> src/lib/fs/place.ts -> fs',
  ],
  [
    'src/rollback/plan-far.ts',
    "import { near } from '../installation/near.ts'; export const far = near;",
    'pure code imports only parsers: src/rollback/plan-far.ts -> src/installation/near.ts -> src/lib/fs/place.ts -> fs',
  ],
  ['src/installation/near.ts', "export { place as near } from '../lib/fs/place.ts';", ''],
  [
    'src/toml/lazy.ts',
    "export const lazy = () => import('node:fs');",
    'pure code imports only parsers: src/toml/lazy.ts -> fs',
  ],
  [
    'src/toml/runs.ts',
    "import { execa } from 'execa'; export const runs = execa;",
    'pure code imports only parsers: src/toml/runs.ts -> ',
  ],
  [
    'src/render/clock.ts',
    "import { now } from '../registry/ecr.ts'; export const clock = now;",
    'pure code does not use a clock, process or random source: src/render/clock.ts -> src/registry/ecr.ts',
  ],
  ['src/registry/ecr.ts', 'export const now = () => Date.now();', ''],
  [
    'src/backup/reads.ts',
    "import { lstat, readFile } from 'node:fs/promises'; export const reads = [lstat, readFile];",
    'files are read by lib/fs/read-file.ts only: src/backup/reads.ts -> readFile',
  ],
  [
    'src/update/opens.ts',
    "import { type FileHandle, open } from 'node:fs/promises'; export const opens: () => Promise<FileHandle> = () => open('/x');",
    'files are read by lib/fs/read-file.ts only: src/update/opens.ts -> open',
  ],
  ['src/strange/x.ts', 'export const x = 1;', 'src/strange is not a domain in lint/house.mjs'],
];

const globals: [path: string, text: string, message: string][] = [
  ['src/values/a.ts', 'export const x = process.env;', 'global variable process'],
  ['src/values/b.ts', 'export const x = new Date();', 'global variable Date'],
  ['src/values/c.ts', "export const x = fetch('');", 'global variable fetch'],
  ['src/values/d.ts', 'export const x = globalThis.process;', 'global variable globalThis'],
  ['src/values/e.ts', 'export const x = Math.random();', 'use lib/fs/random.ts'],
  ['src/registry/ecr.ts', 'export const now = () => Math.random();', 'use lib/fs/random.ts'],
];

function build(files: readonly (readonly [string, string])[]): void {
  rmSync(join(house, 'src'), { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), `${text.replaceAll('; ', ';\n')}\n`);
  }
}

describe('the order of the domains, and purity', async () => {
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  build(Object.entries(sound));
  const whenSound: string[] = await breaches(house);
  build([...Object.entries(sound), ...broken.map(([path, text]) => [path, text] as const)]);
  const whenBroken: string[] = await breaches(house);

  it('let a house be that is in order', () => {
    expect(whenSound).toEqual([]);
  });

  it.each(broken.filter(([, , breach]) => breach !== ''))('see %s: %s', (_path, _text, breach) => {
    expect(whenBroken.filter((line) => line.startsWith(breach))).not.toEqual([]);
  });

  it('see nothing else', () => {
    const known = broken.map(([, , breach]) => breach).filter((breach) => breach !== '');
    expect(whenBroken.filter((line) => !known.some((breach) => line.startsWith(breach)))).toEqual(
      [],
    );
  });

  it('hold in this house', async () => {
    expect(await breaches(root)).toEqual([]);
  });
});

describe('a clock, a process, a random source', () => {
  const { vcs, $schema, ...config } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(house, 'biome.json'), JSON.stringify(config));
  cpSync(join(root, 'lint'), join(house, 'lint'), { recursive: true });
  build([
    ...globals.map(([path, text]) => [path, text] as const),
    ['src/lib/net/retry.ts', 'export const x = () => [Math.random(), Date.now()];'],
  ]);
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', 'src'];
  const { stdout } = spawnSync(biome, args, { cwd: house, encoding: 'utf8' });
  const said = new Map<string, string>();
  for (const { location, message } of JSON.parse(stdout).diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file;
    said.set(path, `${said.get(path) ?? ''}${JSON.stringify(message)}`);
  }

  it.each(globals)('is seen in %s: %s', (path, _text, message) => {
    expect(said.get(path)).toContain(message);
  });

  it('is not an one’s but of the files that biome.json lists', () => {
    expect([...said.keys()].sort()).toEqual(globals.map(([path]) => path).sort());
  });
});

it('folders are removed by lib/fs/remove-tree alone, which no depth stops', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(100);
  const recursive = /\brm(Sync|dir|dirSync)?\([^;]*\brecursive\b/;
  const found = sources.filter((file) =>
    recursive.test(readFileSync(join(root, 'src', file), 'utf8')),
  );
  expect(found).toEqual([]);
});
