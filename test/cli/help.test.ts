import { afterAll, describe, expect, it } from 'vitest';
import { commandsOf, pathOf, remarksOf } from '../../src/cli/help.ts';
import { commandTree } from '../../src/cli/tree.ts';
import { Desk } from '../support/program.ts';

/** The commander tree, with actions that only note what they were called for. */
function tree() {
  const called: string[] = [];
  const root = commandTree('1.2.3', () => async (...received) => {
    called.push(pathOf(received.at(-1) as ReturnType<typeof commandTree>));
  });
  return { root, called };
}

const commands = commandsOf(tree().root).map(
  (command) => [`proto-scaffold ${pathOf(command)}`.trim(), command] as const,
);

describe.each(commands)('%s --help', (name, command) => {
  const { examples } = remarksOf(command);

  it('has an example', () => {
    expect(examples.join('\n')).toContain(name);
  });

  it('says what the command and each of its flags and arguments does', () => {
    expect(command.description()).not.toBe('');
    for (const option of command.options) expect(option.description).not.toBe('');
  });

  it.each(examples)('has an example that the program takes: %s', async (example) => {
    const { root, called } = tree();
    const argv = words(example);
    if (argv.includes('--help')) return;
    await root.parseAsync(argv, { from: 'user' });
    expect(argv.join(' ')).toContain(called[0]);
  });
});

describe('a tree that is made for one command', () => {
  const whole = tree().root;

  it.each(whole.commands.map((command) => [command.name(), command] as const))(
    'has %s as the whole tree has it',
    (name, command) => {
      const made = commandTree('1.2.3', () => async () => {}, name);
      const own = made.commands.find((each) => each.name() === name);
      expect(own?.helpInformation()).toBe(command.helpInformation());
      // `complete` has to know all the others.
      const fewer = made.commands.length < whole.commands.length;
      expect(fewer).toBe(name !== 'complete');
    },
  );
});

/** What a shell would hand over behind the program's name. */
function words(example: string): string[] {
  const line = example.replace(/^.*?\bproto-scaffold /, '').replace(/(\)| [<>]\S+| \| .*)$/, '');
  if (line === example) return [];
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

describe('a name that is not known', () => {
  const desk = new Desk();
  afterAll(() => desk.remove());

  it.each([
    [['udpate'], '(Did you mean update?)'],
    [['config', 'lst'], '(Did you mean list?)'],
    [['update', '--dry-rnu'], '(Did you mean --dry-run?)'],
    [['config', 'set', '--tmol', 'a', 'b'], '(Did you mean --toml?)'],
    [
      ['update', '--on-conflict', 'their'],
      "'their' is invalid. Allowed choices are ours, theirs, stop.",
    ],
  ])('%j gets the nearest one', async (args, suggestion) => {
    const { code, stderr } = await desk.run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(suggestion);
  });
});
