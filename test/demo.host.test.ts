import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Desk, finished } from './support/program.ts';

/** scripts/demo.ts, stopped while its `init` waits for a docker that never answers. */

const tsx = fileURLToPath(import.meta.resolve('tsx'));
const demo = fileURLToPath(new URL('../scripts/demo.ts', import.meta.url));

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.putOnPath(
    'docker',
    `[ "$1" = login ] || exit 0\ntouch '${desk.path('reached')}'\nexec sleep 60`,
  );
  mkdirSync(desk.path('tmp'));
});
afterEach(() => desk.remove());

describe('the demo', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind after %s', async (signal) => {
    const env = { ...desk.env, TMPDIR: desk.path('tmp') };
    const child = spawn(process.execPath, ['--import', tsx, demo], { env, stdio: 'pipe' });
    const outcome = finished(child);
    await vi.waitUntil(() => existsSync(desk.path('reached')), { timeout: 30_000 });
    child.kill(signal);
    expect((await outcome).code).toBe(130);
    const left = readdirSync(desk.path('tmp')).filter((name) => name.startsWith('proto-'));
    expect(left).toEqual([]);
  });
});
