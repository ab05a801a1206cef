import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs, socketHolders } from '../../../src/checks/probes/ports.ts';
import { UserError } from '../../../src/errors.ts';
import { diskSpace } from '../../../src/lib/fs/free-space.ts';
import { pathOwner, wayTo } from '../../../src/lib/fs/ownership.ts';
import { findProgram } from '../../../src/lib/process/find-program.ts';
import { probe } from '../../../src/lib/process/probe.ts';
import { run } from '../../../src/lib/process/process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const quick = { signal: never, limitMs: 200 };
const forEver = () => new Promise<never>(() => {});

function isAlive(pid: number): boolean {
  try {
    // A zombie is dead, and still answers to signals.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a probe', () => {
  it('gives what it finds', async () => {
    const found = { kind: 'known', value: 7 } as const;
    expect(await probe(quick, async () => found)).toEqual(found);
  });

  it('that hangs is cut off, and told to end', async () => {
    let told = false;
    const hanging = probe(quick, (signal) => {
      signal.addEventListener('abort', () => {
        told = true;
      });
      return forEver();
    });
    expect(await hanging).toEqual({ kind: 'timed out', afterMs: 200 });
    expect(told).toBe(true);
  });

  it('ends a program with all that it has started', async () => {
    const pidFile = join(folder, 'pid');
    const script = `sleep 300 & echo $! >${pidFile}; wait`;
    const command = { program: 'sh', args: ['-c', script] };
    const cut = await probe({ signal: never, limitMs: 1000 }, async (signal) => {
      await run(command, { env: { PATH: process.env.PATH }, signal, group: true });
      return { kind: 'absent' };
    });
    expect(cut.kind).toBe('timed out');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    for (let tries = 0; isAlive(pid) && tries < 100; tries++) await sleep(20);
    expect(isAlive(pid)).toBe(false);
  });

  it('throws on what its command was interrupted with', async () => {
    const interruption = new AbortController();
    const asked = probe({ signal: interruption.signal }, forEverUntil);
    interruption.abort(new Error('Ctrl-C'));
    await expect(asked).rejects.toThrow('Ctrl-C');
  });

  it.each([
    ['there is no program', new UserError('DOCKER_NOT_FOUND', 'None.'), { kind: 'absent' }],
    ['there is no file', Object.assign(new Error('x'), { code: 'ENOENT' }), { kind: 'absent' }],
    [
      'a server cannot be reached',
      new UserError('NETWORK_UNREACHABLE', 'It refused.'),
      { kind: 'refused', why: 'It refused', hint: expect.stringMatching(/^Check the firewall/) },
    ],
    [
      'the system refuses',
      Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }),
      { kind: 'refused', why: 'EIO: i/o error' },
    ],
  ])('says that %s', async (_what, error, expected) => {
    expect(await probe(quick, () => Promise.reject(error))).toEqual(expected);
  });

  it('does not hide a bug', async () => {
    const bug = probe(quick, () => Promise.reject(new TypeError('a bug')));
    await expect(bug).rejects.toThrow('a bug');
  });
});

async function forEverUntil(signal: AbortSignal): Promise<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
}

describe('what a probe looks at', () => {
  it('room on the disk, by the nearest folder that is there', async () => {
    const space = await diskSpace(join(folder, 'not/yet'));
    expect(space.path).toBe(folder);
    expect(space.free).toBeGreaterThan(0);
    expect(space.size).toBeGreaterThan(space.free);
  });

  it('programs on the PATH', async () => {
    writeFileSync(join(folder, 'mine'), '', { mode: 0o755 });
    writeFileSync(join(folder, 'other'), '', { mode: 0o644 });
    expect(await findProgram('mine', `/nowhere::${folder}`)).toBe(join(folder, 'mine'));
    expect(await findProgram('other', folder)).toBeUndefined();
    expect(await findProgram('mine', undefined)).toBeUndefined();
  });

  it('every folder on the way, from the root', async () => {
    const way = await wayTo(join(folder, 'no/such'));
    expect(way[0]?.path).toBe('/');
    expect(way.at(-1)).toMatchObject({ path: folder, uid: process.getuid?.() });
    expect(await pathOwner(join(folder, 'no'))).toBeUndefined();
  });

  it('who holds a socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const line = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .find((each) => each.includes(`0100007F:${hex} 00000000:0000 0A`));
    const inode = line?.trim().split(/\s+/)[9] ?? '';
    const name = readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim();
    expect((await socketHolders(new Set([inode]))).get(inode)).toBe(name);
    expect(await runs(name)).toBe(true);
    expect(await runs('no such program')).toBe(false);
    server.close();
  });
});
