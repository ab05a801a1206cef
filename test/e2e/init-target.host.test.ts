import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { treeOf } from '../support/tree.ts';

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
});
afterEach(() => desk.remove());

const lockOf = (folder: string) => `${folder}/.proto/lock.json`;

describe('a second init', () => {
  it('changes not a byte and not a time, and points to update', async () => {
    await desk.run('init');
    const before = treeOf(desk.folder, { times: true });
    const { code, stderr } = await desk.run('init', '--yes');
    expect(code).toBe(2);
    expect(stderr).toMatch(/proto already contains an installation\. \[INSTALLATION_EXISTS\]\n/);
    expect(stderr).toMatch(/^what to do: To update .*, run `proto-scaffold update`/m);
    expect(treeOf(desk.folder, { times: true })).toEqual(before);
  });

  it('asks no server', async () => {
    await desk.run('init');
    const asked = registry.requests.length;
    await desk.run('init');
    expect(registry.requests.length).toBe(asked);
  });

  it('leaves an installation alone whose lock file is damaged', async () => {
    await desk.run('init');
    desk.write(lockOf('proto'), '{');
    const before = desk.tree();
    const { document, code } = await desk.json('init');
    expect([code, document.error.code]).toEqual([2, 'INSTALLATION_EXISTS']);
    expect(desk.tree()).toEqual(before);
  });

  it('works beside the first, as a project of its own', async () => {
    await desk.run('init', 'one');
    const { code } = await desk.run('init', 'two');
    expect(code).toBe(0);
    expect(desk.tree()).toHaveProperty([lockOf('one')]);
    expect(desk.tree()).toHaveProperty([lockOf('two')]);
  });
});

/** What lies at the target beforehand, and what init says to it. */
const refused: [string, () => void, string[], string, RegExp][] = [
  [
    'an unfinished installation',
    () => mkdirSync(desk.path('proto/.proto/base'), { recursive: true }),
    [],
    'INSTALLATION_UNFINISHED',
    /proto contains an incomplete installation: .* Move the folder away/,
  ],
  [
    'files of something else',
    () => {
      mkdirSync(desk.path('proto'));
      desk.write('proto/notes.txt', 'mine');
    },
    [],
    'FOLDER_NOT_EMPTY',
    /contains files that do not belong to a Proto AICX installation\. Choose another folder/,
  ],
  ['a file', () => desk.write('proto', 'mine'), [], 'FOLDER_NOT_EMPTY', /proto is a file\. Choose/],
  [
    'a link to nowhere',
    () => symlinkSync('nowhere', desk.path('proto')),
    [],
    'FOLDER_NOT_EMPTY',
    /is a symbolic link to a path that does not exist\. Create the folder that it points to/,
  ],
  [
    'no parent',
    () => {},
    ['a/b/proto'],
    'FOLDER_READ_ONLY',
    /The folder \S+\/a\/b does not exist\. Create the folder/,
  ],
  [
    'a file as its parent',
    () => desk.write('a', ''),
    ['a/proto'],
    'FOLDER_READ_ONLY',
    /a is not a folder\. Create the folder/,
  ],
  [
    'a file within its path',
    () => desk.write('a', ''),
    ['a/b/proto'],
    'FOLDER_READ_ONLY',
    /part of the path is a file\. Create the folder/,
  ],
];

describe('init where there is', () => {
  it.each(refused)(
    '%s refuses, says why, and touches nothing',
    async (_what, set, args, code, text) => {
      set();
      const before = treeOf(desk.folder, { times: true });
      const { document, stderr, code: exitCode } = await desk.json('init', ...args);
      expect(document.error).toMatchObject({ code, exitCode });
      expect(`${document.error.message} ${document.error.hint}`).toMatch(text);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(treeOf(desk.folder, { times: true })).toEqual(before);
      expect((await desk.run('init', 'elsewhere')).code).toBe(0);
    },
  );

  it('an installation around it refuses, and says which', async () => {
    await desk.run('init');
    mkdirSync(desk.path('proto/backend/deep'));
    for (const folder of ['proto/inner', 'proto/backend/deep/inner']) {
      const { document } = await desk.json('init', folder);
      expect(document.error.code).toBe('INSTALLATION_EXISTS');
      expect(document.error.message).toBe(
        `${desk.path(folder)} is inside the installation ${desk.path('proto')}.`,
      );
    }
  });

  it('an empty folder takes it', async () => {
    mkdirSync(desk.path('proto'), { mode: 0o700 });
    expect((await desk.run('init')).code).toBe(0);
    expect(desk.tree()).toHaveProperty([lockOf('proto')]);
  });

  it('a link to an empty folder follows it', async () => {
    mkdirSync(desk.path('disk'));
    symlinkSync('disk', desk.path('proto'));
    const { code, stdout } = await desk.run('init');
    expect(code).toBe(0);
    expect(stdout).toContain('cd disk/backend');
    expect(desk.tree()).toHaveProperty([lockOf('disk')]);
    expect(desk.tree().proto).toBe('link disk');
    expect((await desk.json('init')).document.error.code).toBe('INSTALLATION_EXISTS');
  });

  it('a folder below a link has the name in nginx that later commands know it by', async () => {
    mkdirSync(desk.path('disk'));
    symlinkSync('disk', desk.path('link'));
    expect((await desk.run('init', 'link/proto')).code).toBe(0);
    const site = readFileSync(desk.path('disk/proto/nginx/proto.conf'), 'utf8');
    expect(site).toContain(`root ${desk.path('disk/proto/frontend')};`);
    const again = await desk.run('nginx', '--dir', 'link/proto');
    expect(again.stdout).toContain('Nothing to change');
  });

  it('the current folder, empty, takes it and is named in full', async () => {
    const credentials = desk.path('proto_credentials.json');
    mkdirSync(desk.path('here'));
    desk.through = ['env', '-C', desk.path('here')];
    const { code, stdout } = await desk.run('init', '.', '--credentials', credentials);
    expect(code).toBe(0);
    expect(stdout).toContain(`  cd ${desk.path('here/backend')}\n`);
    expect(desk.tree()).toHaveProperty([lockOf('here')]);
  });

  it.each(['a b', "it's", '$HOME', 'a"b', 'bücher 本', '#x;&|', '-x', 'x'.repeat(200), '..a'])(
    'the name %j takes it, and names a command that a shell understands',
    async (name) => {
      const { code, stdout, stderr } = await desk.run('init', '--', name);
      expect(code, stderr).toBe(0);
      expect(desk.tree()).toHaveProperty([lockOf(name)]);
      const [cd = ''] = /^ {2}cd .*$/m.exec(stdout) ?? [];
      desk.through = ['sh', '-c', `${cd} && pwd`];
      expect((await desk.run()).stdout).toBe(`${desk.path(name, 'backend')}\n`);
    },
  );
});
