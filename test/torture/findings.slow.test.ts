import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DataEngine } from '../support/data-engine/index.ts';
import { PasswordKeeper } from '../support/password-keeper.ts';
import type { Desk } from '../support/program.ts';
import { type Act, interposed } from './attempt.ts';
import { judge, litter, type References, snapshot } from './oracle.ts';
import { neutral, Scene, type Start } from './scene.ts';

/** What the attackers have found, each by itself. */

let scene: Scene;
let desk: Desk;
beforeAll(async () => {
  scene = await Scene.open();
}, 120_000);
afterAll(() => scene.close());
afterEach(() => desk?.remove());

const set = ['config', 'set', 'openai.provider', 'azure'];
const forEver = Number.MAX_SAFE_INTEGER;

/** Runs a command in a new copy with something done to its calls. */
function attacked(start: Start, args: readonly string[], ...acts: Act[]) {
  desk = scene.desk(start);
  return interposed(desk, args, { acts });
}

describe('a disk that takes nothing any more', () => {
  it('is what the operator hears of, and not that the guard cannot be removed', async () => {
    const acts = { match: 'chmod .*/staging$', act: 'EROFS', times: forEver };
    const lasting = { match: '.', act: 'EROFS', times: forEver, at: 8 };
    for (const act of [acts, lasting]) {
      const { code, stderr } = await attacked('updated', set, act, {
        match: 'rm .*/guard\\.json',
        act: 'EROFS',
      });
      expect(stderr).toMatch(/\[FOLDER_READ_ONLY\]\nwhat to do: /);
      expect(code).toBe(3);
      expect((await desk.run(...neutral)).code).toBe(0);
      desk.remove();
    }
  });

  it.each([
    ['mkdir .*/staging/new$', 'EIO', 3],
    ['chmod .*/staging/new$', 'EACCES', 3],
    ['chmod .*/staging$', 'EACCES', 3],
    ['rm .*/guard-\\d', 'EIO', 0],
    ['unlink .*/guard-\\d', 'EACCES', 0],
  ])(
    'and then does again (%s, %s) finds nothing to be cleared away',
    async (match, act, wanted) => {
      const { code } = await attacked('updated', set, { match, act });
      expect(code).toBe(wanted);
      expect(litter(desk)).toEqual([]);
    },
  );

  it('is what the operator hears of, and not what could not be removed after it', async () => {
    const commit = 'rename .*/journal\\.json';
    const { code, stderr } = await attacked(
      'updated',
      set,
      { match: commit, act: 'ENOSPC' },
      { match: 'rmdir .*/staging$', after: commit, act: 'EIO', times: forEver },
    );
    expect([code, stderr]).toEqual([3, expect.stringContaining('[DISK_FULL]')]);
    expect((await desk.run(...neutral)).code).toBe(0);
    expect(litter(desk)).toEqual([]);
  });

  it('when all is in place is reported with what was done', async () => {
    const act = { match: 'rm .*/journal\\.json', act: 'EIO' };
    const { code, stderr } = await attacked('updated', set, act);
    expect(code).toBe(3);
    expect(stderr).toMatch(/error: `config set openai\.provider` succeeded, but its journal could/);
    expect((await desk.run(...neutral)).code).toBe(0);
    expect((await desk.run('config', 'get', 'openai.provider')).stdout).toContain('azure');
  });
});

describe('a rotation that is done, but for its journal', () => {
  it('is not taken back in the database', async () => {
    desk = scene.desk('updated');
    new PasswordKeeper(desk, 'running');
    const before = readFileSync(desk.path('.hash'), 'utf8');
    const acts = [{ match: 'rm .*/journal\\.json', act: 'EIO' }];
    const rotate = ['config', 'rotate', 'database.password', '--yes'];
    const { code, stderr } = await interposed(desk, rotate, { acts });
    expect(code).toBe(3);
    expect(stderr).toMatch(/error: `config rotate .*` succeeded, but its journal could/);
    expect(readFileSync(desk.path('.hash'), 'utf8')).not.toBe(before);
    const next = await desk.run(...neutral);
    expect(next.code).toBe(0);
    expect(next.stderr).not.toContain('rotation was interrupted');
  });
});

describe('a change that can neither be made nor put back', () => {
  it.each([
    // The journal is put in place first; of the two files the first is, and has to be put back.
    ['cannot be turned', 'rename .*/journal\\.json', 2, 'completes the change', 'azure'],
    ['was turned already', 'rename .*/config/.*', 3, 'rolls the change back', 'openai'],
  ])('and %s tells what the next command does', async (_, match, at, does, provider) => {
    const refused = { match: 'rename .*/config/.*', at: 2, act: 'EIO' };
    const stuck = { match, at, act: 'EIO', times: forEver };
    const { stderr } = await attacked('updated', set, refused, stuck);
    expect(stderr).toContain(`is incomplete. [FILE_SYSTEM_ERROR]`);
    expect(stderr).toContain(`It first ${does}.`);
    expect((await desk.run(...neutral)).code).toBe(0);
    const { stdout } = await desk.run('config', 'get', 'openai.provider');
    expect(stdout).toContain(provider);
  });
});

describe('a signal while the data is put in place', () => {
  const atMarker = (act: string) => ({ match: 'rename .*/restore\\.json', act });
  const restore = ['restore', '--yes', 'b.tar'];

  it('waits until all of it is', async () => {
    const { code } = await attacked('restorable', restore, atMarker('SIGTERM'));
    expect(code).toBe(0);
    expect(new DataEngine(desk).data).toMatchObject({ rows: 'backed up', leftovers: [] });
  });

  it('that fails does not say that nothing is half done', async () => {
    const fails = { match: 'rename .*/journal\\.json', act: 'EIO', times: forEver };
    // Neither can the data be given back: the engine has gone.
    const gone = { match: 'spawn docker exec', after: fails.match, act: 'EIO', times: forEver };
    const { code, stderr } = await attacked(
      'restorable',
      restore,
      atMarker('SIGTERM'),
      fails,
      gone,
    );
    expect(stderr).toContain('[RESTORE_UNFINISHED]');
    expect(stderr).not.toContain('No partial changes were left behind');
    expect(code).toBe(3);
  });
});

describe('a restore that was killed', () => {
  it.each([
    ['while it noted what it keeps', 'rename .*/backups\\.json'],
    ['while it noted that data is put in place', 'rename .*/restore\\.json'],
    ['while it tried how a file gets its name', 'rm .*/\\.proto-unfinished'],
  ])('%s leaves nothing after the next command', async (_, match) => {
    const { signal } = await attacked('restorable', ['restore', '--yes', 'b.tar'], {
      match,
      act: 'kill',
    });
    expect(signal).toBe('SIGKILL');
    expect((await desk.run(...neutral)).code).toBe(0);
    expect(litter(desk)).toEqual([]);
  });
});

describe('a restore whose files cannot be put in place', () => {
  it('gives the data back, too, and can be made again', async () => {
    const restore = ['restore', '--yes', 'b.tar'];
    const fails = { match: 'rename .*/lock\\.json', act: 'ENOSPC' };
    const { code, stderr } = await attacked('restorable', restore, fails);
    expect(code).toBe(3);
    expect(stderr).toMatch(/All changes were rolled back\. \[DISK_FULL\]/);
    const untouched = scene.desk('restorable');
    expect(new DataEngine(desk).data).toEqual(new DataEngine(untouched).data);
    expect([...snapshot(desk)]).toEqual([...snapshot(untouched)]);
    untouched.remove();
    expect((await desk.run(...restore)).code).toBe(0);
  });
});

describe('a restore that does not hear that the database has its new name', () => {
  it('gives the old one its name back, and can be made again', async () => {
    desk = scene.desk('restorable');
    const engine = new DataEngine(desk);
    const untouched = scene.desk('restorable');
    engine.loseAnswer();
    const restore = ['restore', '--yes', 'b.tar'];
    const { code, stderr } = await desk.run(...restore);
    expect(stderr).toContain('connection to server was lost');
    expect(code).toBe(3);
    expect(engine.data).toEqual(new DataEngine(untouched).data);
    expect([...snapshot(desk)]).toEqual([...snapshot(untouched)]);
    untouched.remove();
    expect((await desk.run(...restore)).code).toBe(0);
  });
});

describe('a restore that was killed while what it replaced was removed', () => {
  it('is done, and is not said to be interrupted once something else was changed', async () => {
    const act = { match: 'unlink .*/restore\\.json', act: 'kill' };
    const { signal } = await attacked('restorable', ['restore', '--yes', 'b.tar'], act);
    expect(signal).toBe('SIGKILL');
    desk.putOnPath('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const done = /is complete, but the replaced data/;
    expect((await desk.run('status')).stderr).toMatch(done);
    const changed = await desk.run('config', 'set', 'database.port', '5433');
    expect([changed.code, changed.stderr]).toEqual([0, expect.stringMatching(done)]);
    const { stderr } = await desk.run(...neutral);
    expect(stderr).toMatch(done);
    expect(stderr).not.toContain('may not match');
    new DataEngine(desk);
    expect((await desk.run(...neutral)).stderr).not.toContain('restore');
  });
});

describe('a restore that was killed while the data was put in place', () => {
  let references: References;
  beforeAll(async () => {
    const before = scene.desk('restorable');
    const after = scene.desk('restorable');
    expect((await after.run('restore', '--yes', 'b.tar')).code).toBe(0);
    references = { before: snapshot(before), after: snapshot(after), contents: true };
    before.remove();
    after.remove();
  }, 120_000);
  beforeEach(async () => {
    const act = { match: 'rename .*/journal\\.json', act: 'kill' };
    const { signal } = await attacked('restorable', ['restore', '--yes', 'b.tar'], act);
    expect(signal).toBe('SIGKILL');
    expect(judge(desk, references).is).toBe('neither');
  });

  it('is completed by the next command, which says so', async () => {
    const { code, stderr } = await desk.run(...neutral);
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: `restore of .*b\.tar`, started at .* It is now completed\./);
    expect(judge(desk, references)).toEqual({ is: 'new', faults: [] });
  });

  it('and is killed while it is completed is completed by the one after that', async () => {
    const acts = [{ match: 'rename .*/journal\\.json', act: 'kill' }];
    expect((await interposed(desk, neutral, { acts })).signal).toBe('SIGKILL');
    expect((await desk.run(...neutral)).code).toBe(0);
    expect(judge(desk, references)).toEqual({ is: 'new', faults: [] });
  });

  it('waits while no engine answers, is reported of by status and check, and is completed then', async () => {
    desk.putOnPath('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const changed = await desk.run('config', 'set', 'openai.provider', 'openai');
    expect(changed.stderr).toContain('[RESTORE_UNFINISHED]');
    expect(changed.code).toBe(3);
    for (const looks of ['status', 'check']) {
      const { stderr } = await desk.run(looks);
      expect(stderr).toMatch(/note: A restore was interrupted, so data and files may not match/);
    }
    new DataEngine(desk);
    expect((await desk.run(...neutral)).code).toBe(0);
    expect(judge(desk, references)).toEqual({ is: 'new', faults: [] });
  });

  it.each([
    [
      'runs',
      'the platform is running',
      (engine: DataEngine) => Object.assign(engine, { running: true }),
    ],
    ['ran', 'the database was started since', (engine: DataEngine) => engine.touch()],
  ])(
    'is left alone where the platform %s since: people have worked with it',
    async (_, why, use) => {
      const engine = new DataEngine(desk);
      const { data } = engine;
      use(engine);
      const { code, stderr } = await desk.run(...neutral);
      expect(code).toBe(0);
      expect(stderr).toContain(`note: The interrupted restore could not be completed: ${why}`);
      expect(stderr).toMatch(/note: A restore was interrupted, so data and files may not match/);
      expect(engine.data).toEqual(data);
    },
  );
});
