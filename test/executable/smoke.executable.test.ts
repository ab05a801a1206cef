import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { Terminal } from '../support/terminal.ts';

/**
 * Of each way in which the program meets the outside one test with the executable: it has another Node than the tests, and
 * loads its stages otherwise. What the stages do is tested with those in dist/, which are the same.
 */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.11.0' });
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  // Its engine has nothing running, and every image.
  desk.putDockerStandInOnPath();
  desk.credentials();
});
afterEach(() => desk.remove());

const lock = () => JSON.parse(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8'));

describe('the executable', () => {
  it('answers without a stage, and with all of them', async () => {
    expect((await desk.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await desk.run('init', '--help')).stdout).toContain('Usage: proto-scaffold init');
    const { code, stderr } = await desk.run('inti');
    expect([code, stderr]).toEqual([2, expect.stringContaining('init')]);
  });

  it('makes an installation, updates it, changes it and goes back', async () => {
    const old = ['--templates', releaseFolder('2026.9.0')];
    const steps: string[][] = [
      ['init', '--url', 'a.example', ...old],
      ['update', '--yes'],
      ['config', 'set', 'openai.provider', 'azure'],
      ['rollback', '--yes'],
      ['status'],
    ];
    for (const args of steps) {
      const { code, stderr } = await desk.run(...args);
      expect(`${args[0]}: ${code} ${stderr}`).toMatch(new RegExp(`^${args[0]}: 0 `));
    }
    expect(lock().images.platform.version).toBe('2026.11.0');
  });

  it('tells a refusal of AWS, and one document of it with --json', async () => {
    desk.credentials({ aws: { secret_access_key: 'wrong' } });
    const { code, document } = await desk.json('login');
    expect(code).toBe(document.error.exitCode);
    expect(document).toMatchObject({ ok: false, command: 'login' });
    desk.env.AWS_ENDPOINT_URL_ECR = 'http://127.0.0.1:1';
    desk.credentials();
    const unreached = await desk.run('login');
    expect(unreached.code).toBe(4);
    expect(unreached.stderr).toContain('127.0.0.1:1 refused the connection.');
    expect(unreached.stderr).not.toContain('    at ');
  });

  it.each(['2>&1 | head -c 1', '2>/dev/full', '>&- 2>&-'])(
    'can be cut off by `%s`, and the exit code stays',
    async (cut) => {
      desk.through = ['bash', '-c', `"$@" ${cut}; exit "\${PIPESTATUS[0]}"`, 'bash'];
      expect((await desk.run('init', '--dry-run')).code).toBe(0);
    },
  );

  it('asks on a terminal, hides secrets, and leaves the terminal as it was', async () => {
    const terminal = new Terminal(desk);
    try {
      terminal.type('stty -g >.docker-stty-before');
      terminal.press('Enter');
      terminal.start('init', '--yes');
      for (const [question, text] of [
        ['Host name of the platform', 'chat.example-bank.com'],
        ['Certificate file', ''],
        ['SendGrid API key', 'canary-sendgrid'],
      ] as const) {
        await terminal.shows(`◆  ${question}`);
        if (text !== '') terminal.type(text);
        terminal.press('Enter');
      }
      await terminal.shows('◆  Sender domain for e-mail');
      terminal.press('C-c');
      expect(await terminal.status()).toBe(130);
      expect(terminal.screen()).toContain('Interrupted. No partial changes were left behind');
      expect(terminal.screen()).not.toContain('canary');
      expect(terminal.cursorShows()).toBe(true);
      terminal.type('stty -g | cmp - .docker-stty-before && echo same terminal');
      terminal.press('Enter');
      await terminal.shows(/^same terminal$/m);
    } finally {
      terminal.close();
    }
  });
});
