import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { thisOwner } from '../../src/transaction/run-guard.ts';
import { mountBindfs, mountExfat } from '../support/file-systems.ts';
import { PreparedInstallation } from '../support/prepared-installation.ts';
import type { Desk } from '../support/program.ts';
import { treeOf } from '../support/tree.ts';

/** The program on file systems that lack what Linux's own have. */

const installation = new PreparedInstallation();
let desk: Desk;
beforeEach(() => {
  desk = installation.copy();
});

describe('a backup', () => {
  it('is written where every file has a name from the start (FUSE, NFS)', async () => {
    using _ = mountBindfs(desk.path('disk'));
    const { code, stderr } = await desk.run('backup', 'disk/b.tar');
    expect(code, stderr).toBe(0);
    expect(readdirSync(desk.path('disk'))).toEqual(['b.tar']);
    expect(statSync(desk.path('disk/b.tar')).mode & 0o777).toBe(0o600);
    expect((await desk.run('backup', '--verify', 'disk/b.tar')).code).toBe(0);
  });

  it('is written to exFAT, and replaces nothing there', async () => {
    using _ = mountExfat(desk.path('disk'), 'umask=077');
    const { code, document, stderr } = await desk.json('backup', 'disk/b.tar');
    expect(code, stderr).toBe(0);
    expect(document.notices.join()).not.toContain('Other users');
    expect(readdirSync(desk.path('disk'))).toEqual(['b.tar']);
    expect((await desk.run('backup', '--verify', 'disk/b.tar')).code).toBe(0);
    const again = await desk.json('backup', 'disk/b.tar');
    expect(again.document.error.code).toBe('BACKUP_EXISTS');
  });

  it('that all users can read is reported', async () => {
    using _ = mountExfat(desk.path('disk'));
    const { code, document } = await desk.json('backup', 'disk');
    expect(code).toBe(0);
    expect(document.notices.join()).toMatch(/Other users of this host can read \S+\/disk\/proto-/);
  });
});

describe('a backup where there are neither nameless files nor hard links', () => {
  const onFuse = (...faults: string[]) => failing('link,linkat:error=EPERM', ...faults);
  const complete = async (name: string) =>
    expect((await desk.run('backup', '--verify', `disk/${name}`)).code).toBe(0);

  it('whose process is killed before the last rename gets its name from the next one', async () => {
    using _ = mountBindfs(desk.path('disk'));
    onFuse('rename:signal=SIGKILL');
    await desk.run('backup', 'disk/b.tar');
    desk.through = [];
    expect(readdirSync(desk.path('disk'))).toHaveLength(2);
    expect((await desk.run('backup', 'disk/c.tar')).code).toBe(0);
    expect(readdirSync(desk.path('disk')).sort()).toEqual(['b.tar', 'c.tar']);
    await complete('b.tar');
  });

  it('that cannot be renamed is kept, and named', async () => {
    using _ = mountBindfs(desk.path('disk'));
    onFuse('rename:error=EIO:when=1');
    const { code, document } = await desk.json('backup', 'disk/b.tar');
    expect(code).toBe(3);
    const [name = '', ...others] = readdirSync(desk.path('disk'));
    expect(others).toEqual([]);
    expect(document.error.hint).toContain(desk.path('disk', name));
    desk.through = [];
    await complete(name);
  });
});

describe('init', () => {
  it('refuses a file system without permissions before anything is created', async () => {
    using _ = mountExfat(desk.path('disk'));
    const before = installation.registry.requests.length;
    const { code, document } = await desk.json('init', 'disk/proto');
    expect(code).toBe(3);
    expect(document.error).toMatchObject({
      code: 'FILE_SYSTEM_UNSUITABLE',
      message: `The file system of ${desk.path('disk')} is not suitable for an installation: it does not keep the permissions of a file, so that other users could read secrets.`,
    });
    expect(readdirSync(desk.path('disk'))).toEqual([]);
    expect(installation.registry.requests.length).toBe(before);
  });

  it.each([
    ['fsync', 'EINVAL', 'cannot write files and folders to the disk on request (fsync)'],
    ['rename', 'ENOSYS', 'cannot replace a file by renaming another'],
  ])('refuses a file system whose %s says %s', async (call, error, reason) => {
    const before = desk.tree();
    failing(`${call}:error=${error}`);
    const { code, document } = await desk.json('init', 'other');
    expect(code).toBe(3);
    expect(document.error.code).toBe('FILE_SYSTEM_UNSUITABLE');
    expect(document.error.message).toContain(reason);
    expect(desk.tree()).toEqual(before);
  });

  it('works on FUSE', async () => {
    using _ = mountBindfs(desk.path('disk'));
    const { code, stderr } = await desk.run('init', 'disk/proto', '--url', 'a.example.com');
    expect(code, stderr).toBe(0);
    expect(readdirSync(desk.path('disk'))).toEqual(['proto']);
  });
});

/** Lets system calls of the program fail, as on another file system. */
function failing(...faults: string[]): void {
  const names = faults.map((fault) => fault.split(':')[0]).join();
  const injected = faults.flatMap((fault) => ['-e', `inject=${fault}`]);
  desk.through = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${names}`, ...injected];
}

describe.each(['EPERM', 'EOPNOTSUPP', 'ENOSYS'])('without hard links (%s)', (error) => {
  beforeEach(() => failing(`link,linkat:error=${error}`));
  let port = 5433;
  const set = () => desk.json('config', 'set', 'database.port', String(port++));

  it('a change is made, and leaves no guard', async () => {
    const { code, stderr } = await set();
    expect(code, stderr).toBe(0);
    expect(readdirSync(desk.path('proto/.proto')).filter((name) => /guard/.test(name))).toEqual([]);
  });

  it('a guard that is held is respected, and one of a dead process taken over', async () => {
    const guard = desk.path('proto/.proto/guard.json');
    const owner = await thisOwner('proto-scaffold update');
    writeFileSync(guard, JSON.stringify({ formatVersion: 1, ...owner, id: 'a' }));
    const before = treeOf(desk.path('proto'));
    expect((await set()).document.error.code).toBe('INSTALLATION_HELD');
    expect(treeOf(desk.path('proto'))).toEqual(before);
    for (const left of [JSON.stringify({ formatVersion: 1, ...owner, ticks: '1', id: 'b' }), '']) {
      writeFileSync(guard, left);
      const { code, stderr } = await set();
      expect(code, stderr).toBe(0);
      expect(existsSync(guard)).toBe(false);
    }
  });

  it('the guard is created by the process that holds it, not renamed', async () => {
    failing(`link,linkat:error=${error}`, 'rename:error=EIO:when=1');
    desk.env.UV_THREADPOOL_SIZE = '1';
    // The first rename is that of the journal.
    expect((await set()).document.error.message).toContain('journal.json');
  });

  it('several changes at once are made one after the other, or refused', async () => {
    const all = await Promise.all([set(), set(), set(), set()]);
    const codes = all.map(({ document }) => document.error?.code ?? 'done');
    expect(codes.filter((code) => code !== 'INSTALLATION_HELD')).toContain('done');
    expect(new Set([...codes, 'done', 'INSTALLATION_HELD']).size).toBe(2);
  });
});
