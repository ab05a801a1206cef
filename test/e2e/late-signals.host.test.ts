import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { commandLine, Desk, finished } from '../support/program.ts';
import { installed } from '../support/releases.ts';

/** A signal that the command cannot obey yet, because it is in the middle of a change. */

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
  desk.putDockerStandInOnPath();
  mkdirSync(desk.path('proto'));
  writeInstallation(desk.path('proto'), installed('2026.11.0', { YOUR_URL: 'a.example' }));
});
afterEach(() => desk.remove());

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s after the journal is answered within seconds, and the change is complete',
  async (signal) => {
    // Each rename takes as long as on a very slow disk.
    desk.through = [
      ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename'],
      ...['-e', 'inject=rename:delay_enter=1500000'],
    ];
    const child = desk.spawn('config', 'set', 'database.port', '5433', '--yes');
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = finished(child);
    const journal = desk.path('proto/.proto/journal.json');
    await vi.waitUntil(() => existsSync(journal), { timeout: 60_000, interval: 20 });
    const words = ['-f', `^${commandLine.join(' ')} config set`, '--newest'];
    process.kill(Number(execFileSync('pgrep', words).toString()), signal);
    await vi.waitUntil(() => stderr.includes(`Received ${signal}`), { timeout: 10_000 });
    expect(stderr).toContain('is in the middle of a change and cannot be stopped here.');
    expect(existsSync(journal)).toBe(true);
    const { code } = await ended;
    expect(code).toBe(0);
    expect(existsSync(journal)).toBe(false);
    expect(readFileSync(desk.path('proto/backend/config/platform.toml'), 'utf8')).toContain(
      'port = 5433',
    );
  },
);
