import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { Desk } from '../support/program.ts';
import { installed } from '../support/releases.ts';

/** What the scripts for the shells get when the tab key is pressed. */

let desk: Desk;

beforeEach(() => {
  // Whoever asked a server would get no answer from here.
  desk = new Desk(undefined, { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1', PATH: '/nonexistent' });
  writeInstallation(desk.path('proto'), installed('2026.11.0'));
});
afterEach(() => desk.remove());

/** The words offered, and the directive: 4 for no files, 0 for files where there are no words. */
async function offered(...words: string[]): Promise<{ words: string[]; directive: string }> {
  const { code, stdout, stderr } = await desk.run('complete', '--', ...words);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  const directive = lines.pop() ?? '';
  return { words: lines.map((line) => line.split('\t')[0] ?? ''), directive };
}

describe('completion', () => {
  it.each([
    [['upd'], ['update']],
    [
      ['config', ''],
      ['list', 'get', 'set', 'unset', 'rotate'],
    ],
    [['update', '--on'], ['--on-conflict']],
    [
      ['update', '--on-conflict', ''],
      ['ours', 'theirs', 'stop'],
    ],
    [['update', '--on-conflict=t'], ['theirs']],
    [['check', '--profile', 'u'], ['update']],
    [['check', '--ignore', 'mem'], ['memory']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['logs', ''],
      ['platform', 'chatbot', 'msgrouter_ws', 'postgres', 'bucket'],
    ],
    [['restart', 'platform', 'ch'], ['chatbot']],
    [
      ['config', 'set', 'openai.'],
      ['openai.provider', 'openai.api_key'],
    ],
    [['config', 'get', '--file', 'm'], ['msgrouter_ws.toml']],
    [['logs', '-f', 'bu'], ['bucket']],
    [['rollback', ''], []],
    [['stop', ''], []],
    [['nonsense', ''], []],
  ])('of %j is %j, and no file', async (words, expected) => {
    expect(await offered(...words)).toEqual({ words: expected, directive: ':4' });
  });

  it.each([
    [['restore', '']],
    [['init', '--credentials', '']],
    [['init', '--values=va']],
    [['status', '--dir', '']],
    [['backup', '/mnt/ba']],
  ])('of %j is left to the shell, which knows files best', async (words) => {
    expect(await offered(...words)).toEqual({ words: [], directive: ':0' });
  });

  it('offers the states of the history, the newest first', async () => {
    for (const n of [1, 12]) {
      const state = {
        formatVersion: 1,
        n,
        savedAt: '2026-11-26T02:00:00Z',
        why: 'update to 2026.12.0',
      };
      mkdirSync(desk.path(`proto/.proto/history/${n}`), { recursive: true });
      const rest = {
        release: { tag: 'stable', version: '2026.11.0' },
        kind: 'release',
        files: {},
        absent: [],
      };
      writeFileSync(
        desk.path(`proto/.proto/history/${n}/meta.json`),
        JSON.stringify({ ...state, ...rest }),
      );
    }
    expect((await offered('rollback', '')).words).toEqual(['12', '1']);
  });

  it('looks into the installation that --dir names', async () => {
    writeInstallation(desk.path('other'), installed('2026.11.0', {}, 'hybrid'));
    expect((await offered('logs', '--dir', 'other', '')).words).toEqual(['postgres', 'bucket']);
    expect((await offered('logs', '--dir=other', '')).words).toEqual(['postgres', 'bucket']);
  });

  it("offers the operator's own keys, but nothing that a shell could take for more than a word", async () => {
    const file = desk.path('proto/backend/config/platform.toml');
    writeFileSync(file, '# sk-canary\n[own]\nkey = "sk-canary"\n"$(reboot)" = 1\n');
    const { stdout } = await desk.run('complete', '--', 'config', 'set', '');
    expect(stdout).toContain('\nown.key\t\n');
    expect(stdout).not.toContain('reboot');
    expect(stdout).not.toContain('canary');
  });

  it('offers no value of a parameter', async () => {
    const { stdout } = await desk.run('complete', '--', 'config', 'get', '');
    expect(stdout).not.toContain('random-of');
  });

  it.each([
    ['without an installation', () => desk.env.HOME, 'elsewhere'],
    [
      'where the lock file is damaged',
      () => writeFileSync(desk.path('proto/.proto/lock.json'), '{'),
      'proto',
    ],
  ])('is silent %s', async (_, prepare, folder) => {
    prepare();
    expect(await offered('logs', '--dir', folder, '')).toEqual({ words: [], directive: ':4' });
    expect((await offered('stat')).words).toEqual(['status']);
  });

  it('has a script for each shell, and says so of any other', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout, stderr } = await desk.run('completion', shell);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`# ${shell} completion for proto-scaffold`);
    }
    const { code, stderr } = await desk.run('completion', 'powershell');
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish.');
  });
});
