import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandLine, Desk, finished, program } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

beforeEach(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  registry.faults.add({ kind: 'stall', match: { role: 'ecr' } });
  desk = new Desk(registry);
  desk.credentials();
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

/** Waits until AWS does not answer it. */
async function stalled(): Promise<void> {
  await vi.waitUntil(() => registry.requests.length > 0, { timeout: 50_000, interval: 20 });
}

async function survives(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  await stalled();
  child.kill(signal);
  await pause(300);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  child.kill('SIGTERM');
}

/** A shell that ignores signals and then becomes the program, as `nohup` does. */
const ignoring = (...names: string[]) => ['sh', '-c', `trap '' ${names.join(' ')}; exec "$0" "$@"`];

function launched(through: readonly string[], ...args: string[]): ChildProcess {
  const [first = program, ...rest] = [...through, program, ...args];
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return spawn(first, rest, { cwd: desk.folder, env: desk.env, stdio: [...stdio] });
}

describe.skipIf(process.env.PROTO_TEST_PROGRAM !== undefined)('what npm installs', () => {
  it.each([
    ['SIGHUP', ['nohup']],
    ['SIGHUP', ignoring('HUP')],
    ['SIGINT', ignoring('INT')],
    ['SIGQUIT', ignoring('INT', 'QUIT')],
  ] as const)('goes on at a %s that was ignored when it was started (%j)', async (signal, how) => {
    const child = launched(how, 'login');
    const end = finished(child);
    await survives(child, signal);
    expect((await end).code).toBe(143);
  });

  it('ends at a signal that was not', async () => {
    const child = launched(ignoring('INT'), 'login');
    const end = finished(child);
    await stalled();
    child.kill('SIGHUP');
    expect((await end).code).toBe(129);
  });

  it('goes on as a job in the background of a script', async () => {
    desk.putOnPath('job', `'${program}' login & echo $! >job; wait $!; echo $? >status`);
    const child = spawn(desk.path('.bin/job'), { cwd: desk.folder, env: desk.env });
    const end = finished(child);
    await stalled();
    const id = Number(readFileSync(desk.path('job'), 'utf8'));
    process.kill(id, 'SIGINT');
    await pause(300);
    expect(existsSync(`/proc/${id}`)).toBe(true);
    process.kill(id, 'SIGTERM');
    await end;
    expect(readFileSync(desk.path('status'), 'utf8')).toBe('143\n');
  });

  it.each([
    ['HUP', 1n],
    ['HUP INT', 3n],
  ])('hands an ignored %s on to its children', async (names, mask) => {
    desk.putOnPath('docker', `cp /proc/self/status '${desk.path('seen')}'; exec sleep 1000`);
    registry.faults.clear();
    const child = launched(ignoring(...names.split(' ')), 'login');
    const end = finished(child);
    await vi.waitUntil(() => existsSync(desk.path('seen')), { timeout: 50_000 });
    child.kill('SIGTERM');
    await end;
    const ignored = /^SigIgn:\s+(\w+)/m.exec(readFileSync(desk.path('seen'), 'utf8'))?.[1];
    expect(BigInt(`0x${ignored}`) & 7n).toBe(mask);
  });
});

it('a program whose output goes to a file goes on when a terminal closes, started in any way', async () => {
  const log = openSync(desk.path('log'), 'w');
  const [first = program, ...rest] = [...commandLine, 'login'];
  const child = spawn(first, rest, {
    cwd: desk.folder,
    env: desk.env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await survives(child, 'SIGHUP');
});

it('a shell names nohup to the program that it starts through it', async () => {
  desk.env._ = '/usr/bin/nohup';
  const child = desk.spawn('login');
  const end = finished(child);
  await survives(child, 'SIGHUP');
  expect((await end).code).toBe(143);
});
