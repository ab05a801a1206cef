import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/lib/fs/files.ts';
import { acquireGuard, parseHolder, thisOwner } from '../../src/transaction/run-guard.ts';
import { buildDriver } from '../support/crash/strace.ts';
import { finished } from '../support/program.ts';
import { put, temporaryFolder } from '../support/small-installation.ts';

let folder: string;
const file = () => join(folder, '.proto/guard.json');
const acquire = () => acquireGuard(folder, 'proto-scaffold update');

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, '.proto'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Leaves a guard as its holder would have written it. */
async function leave(change: object, text?: string): Promise<void> {
  const holder = { formatVersion: 1, ...(await thisOwner('proto-scaffold config set')), id: 'a' };
  writeFileSync(file(), text ?? JSON.stringify({ ...holder, ...change }));
}

/** Something that has run and ended on this host. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid as number;
}

/** The first so many to end. */
function firstOf<T>(all: readonly Promise<T>[], count: number): Promise<T[]> {
  const done: T[] = [];
  return new Promise((resolve, reject) => {
    for (const one of all) {
      one.then((value) => {
        done.push(value);
        if (done.length === count) resolve([...done]);
      }, reject);
    }
  });
}

/** /proc/PID/stat of a process, once it has ended. */
async function zombieStat(pid: number): Promise<string> {
  for (;;) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    if (/\) Z /.test(stat)) return stat;
    await setTimeout(10);
  }
}

describe('the run guard', () => {
  it('is one file of mode 600 that names its holder, and goes with its release', async () => {
    const guard = await acquire();
    expect(readdirSync(join(folder, '.proto'))).toEqual(['guard.json']);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
      formatVersion: 1,
      pid: process.pid,
      host: hostname(),
      command: 'proto-scaffold update',
    });
    await guard.assertHeld();
    await guard.release();
    expect(readdirSync(join(folder, '.proto'))).toEqual([]);
  });

  it('refuses a second holder, and names the first with process, host, command and start', async () => {
    const guard = await acquire();
    await expect(acquire()).rejects.toMatchObject({
      code: 'INSTALLATION_HELD',
      exitCode: 6,
      message: expect.stringMatching(
        new RegExp(
          `^\`proto-scaffold update\` \\(process ${process.pid} on ${hostname()}, since \\d{4}-.*Z\\) is already running`,
        ),
      ),
    });
    await guard.release();
    await (await acquire()).release();
  });

  it('goes to one of many that ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, acquire));
    const won = asked.filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of asked) {
      if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('INSTALLATION_HELD');
    }
    expect(readdirSync(join(folder, '.proto'))).toEqual(['guard.json']);
  });

  it('is taken while another holder sweeps away what is being made for it', async () => {
    const own = join(folder, '.proto');
    let sweeping = true;
    const sweeper = (async () => {
      while (sweeping) {
        for (const name of await readdir(own)) {
          if (name.startsWith('guard-')) await rm(join(own, name), { force: true });
        }
      }
    })();
    try {
      for (let round = 0; round < 100; round += 1) await (await acquire()).release();
    } finally {
      sweeping = false;
      await sweeper;
    }
    expect(readdirSync(own)).toEqual([]);
  });

  it('goes to one of ten processes that ask at once', async () => {
    put(folder, '.proto/lock.json', '{}');
    const driver = buildDriver(folder);
    const children = Array.from({ length: 10 }, () =>
      spawn(process.execPath, [driver, 'hold', folder], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const ended = children.map(finished);
    await Promise.all(children.map((child) => once(child, 'spawn')));
    for (const child of children) child.stdin.write('go\n');
    const losers = await firstOf(ended, 9);
    for (const { code, stdout } of losers) {
      expect(stdout).toMatch(/^INSTALLATION_HELD: `proto-scaffold update` \(process \d+ on /);
      expect(code).toBe(6);
    }
    for (const child of children) child.stdin.end();
    expect((await Promise.all(ended)).filter(({ code }) => code === 0)).toHaveLength(1);
    expect(readdirSync(join(folder, '.proto'))).toEqual(['lock.json']);
  });

  it('is taken over from a process that ended and that no one has waited for', async () => {
    const child = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const pid = Number(String((await once(child.stdout, 'data'))[0]));
      const stat = await zombieStat(pid);
      await leave({ pid, ticks: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] });
      await (await acquire()).assertHeld();
    } finally {
      child.kill();
    }
  });

  it.each([
    ['a process that has ended', async () => ({ pid: await deadPid() })],
    ['an earlier process with the number of a living one', async () => ({ ticks: '1' })],
    ['a process from before the last boot', async () => ({ bootId: 'another' })],
  ])('is taken over from %s', async (_, change) => {
    await leave(await change());
    const guard = await acquire();
    await guard.assertHeld();
    expect(parseHolder(readFileSync(file(), 'utf8'))?.command).toBe('proto-scaffold update');
    await guard.release();
    expect(readdirSync(join(folder, '.proto'))).toEqual([]);
  });

  it('is taken over by one of many that find it with a dead process', async () => {
    for (let round = 0; round < 20; round++) {
      await leave({ bootId: `round ${round}` });
      const asked = await Promise.allSettled(Array.from({ length: 8 }, acquire));
      const won = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(won).toHaveLength(1);
      await won[0]?.assertHeld();
      await won[0]?.release();
      expect(readdirSync(join(folder, '.proto'))).toEqual([]);
    }
  });

  it('is taken over from one that died while it took over', async () => {
    await leave({ bootId: 'first' });
    const first = readFileSync(file(), 'utf8');
    const right = `guard-over-${sha256(first).slice(0, 16)}`;
    writeFileSync(join(folder, '.proto', right), first.replace('first', 'second'));
    writeFileSync(join(folder, '.proto/guard-999999-00000000'), '');
    const guard = await acquire();
    await guard.assertHeld();
    expect(readdirSync(join(folder, '.proto'))).toEqual(['guard.json']);
  });

  it('of which a power cut left half is taken over', async () => {
    await leave({}, '{"formatVersion":1,"pid":');
    await (await acquire()).assertHeld();
  });

  it('in another container counts as held, although no such process can be seen here', async () => {
    await leave({ pidNamespace: 'pid:[1]', pid: await deadPid() });
    await expect(acquire()).rejects.toMatchObject({
      code: 'INSTALLATION_HELD',
      hint: expect.stringContaining(`remove ${file()} and`),
    });
  });

  it('on another host counts as held, with the file to remove if that host is off', async () => {
    await leave({ host: 'elsewhere', bootId: 'another', pid: 1 });
    await expect(acquire()).rejects.toMatchObject({
      code: 'INSTALLATION_HELD',
      message: expect.stringContaining('(process 1 on elsewhere, since'),
      hint: expect.stringContaining(`remove ${file()} and`),
    });
  });

  it('of a format that cannot be read counts as held', async () => {
    await leave({}, '{"formatVersion":2,"owner":"x"}');
    await expect(acquire()).rejects.toMatchObject({
      code: 'INSTALLATION_HELD',
      hint: expect.stringContaining(`remove ${file()}`),
    });
  });

  it('that was removed by hand is noticed, and what came in its place is not touched', async () => {
    const first = await acquire();
    rmSync(file());
    await expect(first.assertHeld()).rejects.toMatchObject({ code: 'INSTALLATION_HELD' });
    const second = await acquire();
    await expect(first.assertHeld()).rejects.toMatchObject({ code: 'INSTALLATION_HELD' });
    await first.release();
    await second.assertHeld();
  });
});
