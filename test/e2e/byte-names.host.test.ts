import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filesIn, findFiles, tarOf } from '../../src/backup/installation-tar.ts';
import { copyTree, hashTree } from '../../src/lib/fs/trees.ts';
import { fsPath, nameOf } from '../../src/lib/text/file-name.ts';
import { Desk, program } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** Names of files that are not UTF-8, as old systems and other encodings leave them. */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(async () => {
  desk = new Desk(registry);
  desk.putDockerStandInOnPath();
  desk.credentials();
  const { code, stderr } = await desk.run('init', '--url', 'chat.example-bank.com');
  expect(code, stderr).toBe(0);
});
afterEach(() => desk.remove());

const latin1 = (path: string) =>
  Buffer.concat([Buffer.from(path), Buffer.from('caf\xe9.toml', 'latin1')]);
const long = Buffer.concat([Buffer.from('backend/'), Buffer.alloc(120, 0xe9), Buffer.from('.d')]);

it.each([
  Buffer.from('plain'),
  Buffer.from('caf\xe9', 'latin1'),
  Buffer.from([0xff, 0x41, 0xc3, 0xa9, 0xf0, 0x9f, 0x92, 0x80, 0xf0, 0x9f]),
])('%o is the same bytes again', (bytes) => {
  expect(Buffer.from(fsPath(nameOf(bytes)))).toEqual(bytes);
});

describe('a file whose name is not UTF-8', () => {
  beforeEach(() => {
    writeFileSync(latin1(desk.path('proto/backend/')), 'ours');
    const folder = Buffer.concat([Buffer.from(desk.path('proto/')), long]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/x')]), 'deep');
  });

  it('is in a backup, to the byte', async () => {
    const { code, stderr } = await desk.run('backup', 'b.tar');
    expect(code, stderr).toBe(0);
    expect((await desk.run('backup', '--verify', 'b.tar')).code).toBe(0);
    const { paths } = await findFiles(desk.path('proto'), ['backend']);
    const chunks: Uint8Array[] = [];
    for await (const chunk of tarOf(desk.path('proto'), paths)) chunks.push(chunk);
    const tar = Buffer.concat(chunks);
    const files = filesIn(tar);
    expect([...files.keys()].sort()).toEqual([...paths].sort());
    expect(files.get(nameOf(latin1('backend/')))?.bytes.toString()).toBe('ours');
    expect(files.get(nameOf(Buffer.concat([long, Buffer.from('/x')])))?.bytes.toString()).toBe(
      'deep',
    );
    // What GNU tar makes of it.
    const unpacked = desk.path('unpacked');
    mkdirSync(unpacked);
    execFileSync('tar', ['-xf', '-', '-C', unpacked], { input: tar });
    expect(existsSync(latin1(`${unpacked}/backend/`))).toBe(true);
    expect(existsSync(Buffer.concat([Buffer.from(`${unpacked}/`), long, Buffer.from('/x')]))).toBe(
      true,
    );
  });

  it('comes back with a restore', async () => {
    const made = await desk.run('backup', 'b.tar');
    expect(made.code, made.stderr).toBe(0);
    execFileSync('sh', ['-c', 'rm -r proto/backend/caf* proto/backend/*.d'], { cwd: desk.folder });
    const { code, stderr } = await desk.run('restore', 'b.tar', '--yes');
    expect(code, stderr).toBe(0);
    expect(existsSync(latin1(desk.path('proto/backend/')))).toBe(true);
    const back = await desk.run('rollback', '1', '--yes');
    expect(back.code, back.stderr).toBe(0);
  });

  it('is copied and hashed with its folder', async () => {
    const [from, to] = [desk.path('proto/backend'), desk.path('copy')];
    mkdirSync(to);
    await copyTree(from, to);
    expect(await hashTree(to)).toBe(await hashTree(from));
    expect(readdirSync(to, 'latin1')).toContain('caf\xe9.toml');
  });

  it('that is left out of a backup is named as people can read it', async () => {
    execFileSync('sh', ['-c', 'ln -s x "$(printf \'proto/backend/l\\377\')"'], {
      cwd: desk.folder,
    });
    const { code, document, stderr } = await desk.json('backup', 'b.tar');
    expect(code, stderr).toBe(0);
    expect(document.notices.join()).toContain(String.raw`backend/l\xff is not in the backup`);
  });

  it('does not keep other commands from working', async () => {
    for (const args of [
      ['config', 'set', 'database.port', '5433'],
      ['update', '--yes', '--no-backup'],
      ['uninstall', '--yes'],
    ]) {
      const { code, stderr } = await desk.run(...args);
      expect(code, stderr).toBe(0);
    }
  });
});

describe('a folder whose name is not UTF-8', () => {
  const inShell = (script: string) =>
    spawnSync('sh', ['-c', `${script} "$@"`, 'sh', process.execPath, program], {
      cwd: desk.folder,
      env: desk.env as NodeJS.ProcessEnv,
      encoding: 'utf8',
    });

  it.each([
    [
      'the current folder',
      `d=$(printf 'f\\377'); mkdir "$d"; cd "$d"; run() { "$@" status; }; run`,
    ],
    ['--dir', `run() { "$@" status --dir "$(printf 'f\\377')"; }; run`],
    ['of init', `run() { "$@" init "$(printf 'f\\377')"; }; run`],
    ['of a backup', `run() { "$@" backup "$(printf 'f\\377.tar')"; }; run`],
  ])('(%s) is refused as that', (_, script) => {
    const { status, stderr } = inShell(script);
    expect(stderr).toContain('[NAME_NOT_UTF8]');
    expect(status).toBe(2);
    expect(readdirSync(desk.folder).join()).not.toContain('\ufffd.');
  });
});
