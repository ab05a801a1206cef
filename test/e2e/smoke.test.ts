import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, pathOf } from '../../src/cli/help.ts';
import { commandTree } from '../../src/cli/tree.ts';
import { commandLine, Desk } from '../support/program.ts';

/** Each command, twice, in a process of its own: most other tests run the program from its source within theirs. */

let desk: Desk;
beforeAll(() => {
  desk = new Desk();
});
afterAll(() => desk.remove());

function spawned(...args: string[]) {
  const [program = '', ...rest] = [...commandLine, ...args];
  const { cwd, env } = { cwd: desk.folder, env: desk.env };
  return spawnSync(program, rest, { cwd, env, encoding: 'utf8', input: '' });
}

/** What a command does in an empty folder; what is not here finds no installation. */
const inAnEmptyFolder: Record<string, { code: number; says: RegExp; args?: string[] }> = {
  init: { code: 2, says: /CREDENTIALS_NOT_FOUND/ },
  login: { code: 2, says: /CREDENTIALS_NOT_FOUND/ },
  check: { code: 0, says: /"command": ?"check"/, args: ['--urls', '--json'] },
  completion: { code: 0, says: /_proto_scaffold/, args: ['bash'] },
  'config get': { code: 2, says: /NOT_AN_INSTALLATION/, args: ['app.base_url'] },
  'config set': { code: 2, says: /NOT_AN_INSTALLATION/, args: ['app.base_url', 'x'] },
  'config unset': { code: 2, says: /NOT_AN_INSTALLATION/, args: ['app.base_url'] },
  'config rotate': { code: 2, says: /NOT_AN_INSTALLATION/, args: ['api.secret_key'] },
  restore: { code: 2, says: /NOT_AN_INSTALLATION/, args: ['backup.tar'] },
};

const commands = commandsOf(commandTree('1.2.3', () => async () => {}))
  .filter(({ commands: below }) => below.length === 0)
  .map(pathOf);

describe.each(commands)('%s', (command) => {
  it('has help', () => {
    const { status, stdout, stderr } = spawned(...command.split(' '), '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: proto-scaffold ${command}`);
  });

  it('says what is wrong in an empty folder, or does what it can there', () => {
    const {
      code,
      says,
      args = [],
    } = inAnEmptyFolder[command] ?? {
      code: 2,
      says: /NOT_AN_INSTALLATION/,
    };
    const { status, stdout, stderr } = spawned(...command.split(' '), ...args);
    expect({ status, said: says.test(stdout + stderr) }).toEqual({ status: code, said: true });
  });
});
