import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { answers } from '../../src/cli/answers.ts';
import { commandsOf, pathOf } from '../../src/cli/help.ts';
import { readyAnswer } from '../../src/cli/ready-answer.ts';
import { commandTree } from '../../src/cli/tree.ts';
import { Desk, program } from '../support/program.ts';

/** What the entry answers without commander is what commander answers. */

const desk = new Desk();
afterAll(() => desk.remove());

const commands = commandsOf(commandTree('1.2.3', () => async () => {})).map(pathOf);

describe('dist/answers.json', () => {
  it('is what the commander tree says now, of every command', () => {
    const built = readFileSync(new URL('../../dist/answers.json', import.meta.url), 'utf8');
    expect(JSON.parse(built)).toEqual(answers());
    const asked = commands.map((path) => `${path} --help`.trimStart());
    expect(Object.keys(answers())).toEqual(['--version', ...asked]);
  });
});

/** The same, said in words for which no answer is ready. */
it.each([
  [['--version'], ['--version', '--version']],
  [
    ['init', '-h'],
    ['init', '-h', '-h'],
  ],
  ...commands.map((path) => {
    const words = path.split(' ').filter((word) => word !== '');
    return [
      [...words, '--help'],
      [...words, '--help', '--help'],
    ];
  }),
])('%j is answered as commander answers %j', async (ready, slow) => {
  expect(Object.keys(answers())).not.toContain(slow.join(' '));
  const [one, other] = [await desk.run(...ready), await desk.run(...slow)];
  expect(one).toEqual(other);
  expect(one).toMatchObject({ code: 0, stderr: '' });
});

describe('no answer is ready', () => {
  it.each([
    ['in a narrow terminal', ['--help'], { isTTY: true, columns: 60 }],
    ['in a wide one', ['--version'], { isTTY: true, columns: 120 }],
    ['in one that does not tell its width', ['--help'], { isTTY: true }],
    ['for a command', ['init'], {}],
    ['for no word at all', [], {}],
  ])('%s', (_where, words, stdout) => {
    expect(readyAnswer(['node', 'proto-scaffold', ...words], stdout)).toBeUndefined();
  });

  it('for a word with a space in it', async () => {
    expect(await desk.run('config set --help')).toMatchObject({ code: 2, stdout: '' });
  });

  it("for Docker, which calls its credential helper by that helper's name", async () => {
    const link = desk.path('docker-credential-proto-scaffold');
    symlinkSync(program, link);
    const { status, stdout } = spawnSync(link, ['--version'], { env: desk.env, encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, expect.stringContaining('Docker calls this program')]);
  });
});
