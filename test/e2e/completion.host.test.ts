import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeInstallation } from '../support/disk-installation.ts';
import { commandLine, Desk } from '../support/program.ts';
import { installed } from '../support/releases.ts';
import { Terminal } from '../support/terminal.ts';

/** The scripts of `completion`, each in its own shell; what is typed goes through a real line editor. */

let desk: Desk;

beforeAll(() => {
  desk = new Desk();
  desk.putOnPath('proto-scaffold', `exec ${commandLine.join(' ')} "$@"`);
  writeInstallation(desk.path('proto'), installed('2026.11.0'));
  writeFileSync(desk.path('saved backup.tar'), '');
});
afterAll(() => desk.remove());

const shells = {
  bash: ['HISTFILE= bash --norc --noprofile', 'source <(proto-scaffold completion bash)'],
  zsh: [
    'zsh -f',
    'autoload -U compinit; compinit -u -D; PS1="$ "; source <(proto-scaffold completion zsh)',
  ],
  fish: ['fish --no-config --private', 'proto-scaffold completion fish | source'],
};

describe.each(Object.entries(shells))('in %s', (_, [start, source]) => {
  let terminal: Terminal;

  beforeAll(async () => {
    terminal = new Terminal(desk);
    const path = `PATH="${desk.path('.bin')}:$PATH"`;
    // The script twice: whoever has it from two places gets no error.
    for (const command of [path, start, source, source, 'echo rea"d"y']) {
      terminal.type(command ?? '');
      terminal.press('Enter');
    }
    await terminal.shows('ready');
  });
  afterAll(() => terminal.close());

  /** Types a line instead of the one before, presses the tab key, and waits for what it becomes. */
  async function typed(line: string, becomes: string): Promise<string> {
    terminal.press('C-u');
    terminal.type(line);
    terminal.press('Tab');
    return terminal.shows(becomes);
  }

  it.each([
    ['proto-scaffold upd', 'proto-scaffold update '],
    ['proto-scaffold update --dr', 'proto-scaffold update --dry-run '],
    ['proto-scaffold update --on-conflict=th', '--on-conflict=theirs'],
    ['proto-scaffold logs chat', 'proto-scaffold logs chatbot '],
    ['proto-scaffold config get sendgrid.api', 'proto-scaffold config get sendgrid.api_key '],
    ['proto-scaffold restore sav', 'proto-scaffold restore saved\\ backup.tar'],
  ])('%s<tab> becomes %s', async (line, becomes) => {
    const screen = await typed(line, becomes);
    expect(screen).not.toMatch(/error|not found|readonly/i);
  });

  it('runs nothing of what was typed', async () => {
    const mark = desk.path('ran');
    await typed(`proto-scaffold psql -c '$(touch ${mark})' --js`, '$(touch');
    await typed('proto-scaffold sto', 'proto-scaffold stop ');
    expect(existsSync(mark)).toBe(false);
  });
});

describe('the script for bash', () => {
  it('needs no package beside bash', () => {
    const lines = [
      'source <(proto-scaffold completion bash)',
      'COMP_WORDS=(proto-scaffold config set azure) COMP_CWORD=3',
      '_proto_scaffold proto-scaffold; printf "%s\\n" "${COMPREPLY[@]}"',
    ];
    const env = desk.env as NodeJS.ProcessEnv;
    const options = { env, cwd: desk.folder, encoding: 'utf8' } as const;
    const output = execFileSync('bash', ['--norc', '-u', '-c', lines.join('\n')], options);
    expect(output.split('\n').slice(0, -1)).toEqual([
      'azure_openai.endpoint',
      'azure_openai.deployment',
      'azure_openai.api_version',
      'azure_openai.api_key',
    ]);
  });
});
