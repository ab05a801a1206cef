import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { platform } from '../support/config-input.ts';
import { Desk, program } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** config on an installation that `init` made, with someone at a terminal. */

const canary = 'SG.canary-4711';
let registry: EmbeddedRegistry;
let desk: Desk;

/** tmux with a server of its own, which ends with the test. */
const tmux = (...args: string[]) =>
  execa('tmux', ['-S', desk.path('tmux'), '-f', '/dev/null', ...args], { env: desk.env });
const screen = async () => (await tmux('capture-pane', '-p', '-J', '-S', '-')).stdout;
const text = () => readFileSync(desk.path('proto', platform), 'utf8');

/** Types `config …` at a prompt; what it ends with is shown. */
async function typed(...args: string[]): Promise<void> {
  const command = [process.execPath, program, 'config', ...args]
    .map((part) => `'${part}'`)
    .join(' ');
  const size = ['-x', '120', '-y', '50'];
  // A session that lasts: a server whose last one has ended exits, and takes the next one with it.
  await tmux('has-session', '-t', 'lasting').catch(() =>
    tmux('new-session', '-d', '-s', 'lasting', 'read _'),
  );
  await tmux('new-session', '-d', ...size, '-c', desk.folder, `${command}; echo "exit $?"; read _`);
}

const shown = (pattern: RegExp) =>
  vi.waitFor(async () => expect(await screen()).toMatch(pattern), {
    timeout: 30_000,
    interval: 100,
  });

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
  desk = new Desk(registry, { TERM: 'xterm', LANG: 'C.UTF-8' });
  desk.credentials();
  const { code, stderr } = await desk.run('init', '--url', 'chat.example-bank.com');
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
});

afterAll(async () => {
  await tmux('kill-server').catch(() => undefined);
  await registry.close();
  desk.remove();
});

describe('on a terminal', () => {
  it('a secret is asked for, and not shown while it is typed', async () => {
    await typed('set', 'sendgrid.api_key');
    await shown(/SendGrid API key for e-mail[\s\S]*◆ +sendgrid\.api_key/);
    await tmux('send-keys', '-l', canary);
    await tmux('send-keys', 'Enter');
    await shown(/exit 0/);
    const all = await screen();
    expect(all).toContain('Set sendgrid.api_key in');
    expect(all).not.toContain(canary);
    expect(text()).toContain(`api_key = "${canary}"`);
    await tmux('kill-session');
  });

  it('a choice is chosen', async () => {
    await typed('set', 'openai.provider');
    await shown(/○ azure/);
    await tmux('send-keys', 'Down', 'Enter');
    await shown(/exit 0/);
    expect(await screen()).toContain('NOW MANDATORY, BUT NOT SET');
    expect(text()).toContain('provider = "azure"');
    await tmux('kill-session');
  });

  it('a secret that the program made is changed after --yes alone', async () => {
    const before = text();
    await typed('unset', 'database.password');
    await shown(/Nothing to change/);
    await tmux('kill-session');
    await typed('set', 'database.password');
    await shown(/ALTER USER[\s\S]*◆ +database\.password/);
    await tmux('send-keys', '-l', canary);
    await tmux('send-keys', 'Enter');
    await shown(/Change database\.password\?/);
    await tmux('send-keys', 'n');
    await shown(/exit 5/);
    expect(text()).toBe(before);
    await tmux('kill-session');
  });

  it('Ctrl-C leaves all as it was', async () => {
    const before = text();
    await typed('set', 'sendgrid.from_domain');
    await shown(/◆ +sendgrid\.from_domain/);
    await tmux('send-keys', 'C-c');
    await shown(/exit 130/);
    expect(text()).toBe(before);
    await tmux('kill-session');
  });
});
