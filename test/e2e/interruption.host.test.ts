import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Desk, finished, type JsonOutput } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;
let bundlePath: RegExp;

beforeEach(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  const content = [{ path: 'large.bin', content: randomBytes(100_000) }];
  const { layer } = await registry.pushBundle('proto/web-app', 'stable', content);
  bundlePath = new RegExp(layer.digest.replace('sha256:', ''));
  desk = new Desk(registry);
  desk.credentials();
});
afterEach(async () => {
  desk.remove();
  await registry.close();
});

const waiting = { timeout: 50_000, interval: 20 };

/** Starts init and waits until it is in the midst of a download that goes no further. */
async function stalledInit(...args: string[]): Promise<ChildProcess> {
  registry.faults.add({
    kind: 'stall-body',
    afterBytes: 1000,
    match: { role: 's3', path: bundlePath },
  });
  const child = desk.spawn('init', ...args);
  await vi.waitUntil(() => registry.requests.some(({ fault }) => fault === 'stall-body'), waiting);
  return child;
}

const names = () => Object.keys(desk.tree()).filter((path) => !path.includes('/'));
const isRunning = (pid: number) => existsSync(`/proc/${pid}/cmdline`);

const signals = [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGQUIT', 131],
  ['SIGTERM', 143],
] as const;

describe.each(signals)('%s', (signal, exitCode) => {
  it('in the midst of a download leaves nothing, and init can be run again', async () => {
    const child = await stalledInit();
    expect(names()).toContain('.proto.init');
    const outcome = finished(child);
    child.kill(signal);
    const { code, stdout, stderr } = await outcome;
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(
      /\nInterrupted\. No partial changes were left behind\. You can run the command again\.\n$/,
    );
    expect(names()).toEqual(['proto_credentials.json']);
    registry.faults.clear();
    expect((await desk.run('init')).code).toBe(0);
  });

  it('is one document with --json', async () => {
    const child = await stalledInit('--json');
    const outcome = finished(child);
    child.kill(signal);
    const { code, stdout } = await outcome;
    expect(code).toBe(exitCode);
    const document = JSON.parse(stdout) as JsonOutput;
    expect(document).toMatchObject({
      ok: false,
      command: 'init',
      error: { code: 'INTERRUPTED', exitCode },
    });
  });

  it('while docker runs ends docker, too', async () => {
    const pidFile = desk.path('.bin/pid');
    desk.putOnPath(
      'docker',
      `echo $$ >'${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'; exec sleep 1000`,
    );
    const child = desk.spawn('init');
    const outcome = finished(child);
    await vi.waitUntil(() => existsSync(pidFile), waiting);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(isRunning(pid)).toBe(true);
    child.kill(signal);
    expect((await outcome).code).toBe(exitCode);
    await vi.waitUntil(() => !isRunning(pid), waiting);
    expect(names()).toEqual(['proto_credentials.json']);
  });

  it('while AWS does not answer ends at once', async () => {
    registry.faults.add({ kind: 'stall', match: { role: 'ecr' } });
    const child = desk.spawn('login');
    const outcome = finished(child);
    await vi.waitUntil(() => registry.requests.length > 0, waiting);
    child.kill(signal);
    expect((await outcome).code).toBe(exitCode);
  });
});

describe('two inits for one target', () => {
  it('are one that works and one that is reported who does', async () => {
    const first = await stalledInit();
    const outcome = finished(first);
    const { document, code } = await desk.json('init', '--yes');
    expect(code).toBe(6);
    expect(document.error.code).toBe('INSTALLATION_HELD');
    expect(document.error.message).toMatch(
      new RegExp(
        `^\`proto-scaffold init\` \\(process ${first.pid} on .+, since 20.+Z\\) is creating this installation\\.$`,
      ),
    );
    expect(document.error.hint).toContain(desk.path('.proto.init'));
    expect(names()).toEqual(['.proto.init', 'proto_credentials.json']);
    first.kill('SIGTERM');
    await outcome;
    expect(names()).toEqual(['proto_credentials.json']);
  });

  it('are free of each other for two targets', async () => {
    const first = await stalledInit('one');
    const outcome = finished(first);
    registry.faults.clear();
    expect((await desk.run('init', 'two')).code).toBe(0);
    first.kill('SIGTERM');
    await outcome;
    expect(names()).toEqual(['proto_credentials.json', 'two']);
  });

  it('started at the same time end in one installation that is whole', async () => {
    // Processes of their own: who holds a folder is reported by the process.
    const inits = [1, 2, 3, 4].map(() => finished(desk.spawn('init', '--json')));
    const codes = (await Promise.all(inits)).map(
      ({ stdout }) => JSON.parse(stdout).error?.code ?? 'done',
    );
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    for (const code of codes) expect(code).toMatch(/^(done|INSTALLATION_(HELD|EXISTS))$/);
    expect(names()).toEqual(['proto', 'proto_credentials.json']);
    expect(Object.keys(desk.tree())).toContain('proto/.proto/lock.json');
  });
});
