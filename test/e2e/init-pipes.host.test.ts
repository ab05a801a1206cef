import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.remove());

it.each(['--credentials', '--values'])(
  'a named pipe given to %s is refused at once, without a writer',
  async (flag) => {
    desk.credentials();
    execFileSync('mkfifo', [desk.path('pipe')]);
    const { code, stderr } = await desk.run('init', '--dry-run', flag, 'pipe');
    expect(code).toBe(2);
    expect(stderr).toContain('pipe is a pipe or a device, not a file. [FILE_UNREADABLE]');
  },
);
