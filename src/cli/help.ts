import type { Argument, Command, Option } from 'commander';
import type { CommandShape, Taken } from '../lib/terminal/command-shape.ts';

/** Walks the command tree for the documentation. */

/** This command and all its subcommands, in the order of --help, without hidden commands. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.createHelp().visibleCommands(command).flatMap(commandsOf)];
}

/** The command's name without the program name, such as `config set`. Empty for the program itself. */
export function pathOf(command: Command): string {
  if (command.parent === null) return '';
  return `${pathOf(command.parent)} ${command.name()}`.trimStart();
}

/** The text of --help below the flags: the remarks, and the command lines of the examples. */
export function remarksOf(command: Command): { remarks: string[]; examples: string[] } {
  let whole = '';
  const { writeOut, ...output } = command.configureOutput();
  command.configureOutput({
    ...output,
    writeOut: (text) => {
      whole += text;
    },
  });
  command.outputHelp();
  command.configureOutput({ ...output, ...(writeOut && { writeOut }) });
  const after = whole.slice(command.helpInformation().length);
  const [remarks = '', examples = ''] = after.split('Examples:\n');
  return {
    remarks: remarks.split('\n').filter((line) => line !== ''),
    examples: examples
      .split('\n')
      .flatMap((line) => (line.startsWith('  $ ') ? [line.slice(4)] : [])),
  };
}

/** A command as plain data, for shell completion. */
export function shapeOf(command: Command): CommandShape {
  const helper = command.createHelp();
  return {
    path: pathOf(command),
    about: command.description(),
    flags: helper.visibleOptions(command).map((option) => ({
      long: option.long ?? '',
      ...(option.short && { short: option.short }),
      about: option.description,
      ...((option.required || option.optional) && { takes: takenBy(option) }),
    })),
    takes: command.registeredArguments.map((argument) => ({
      ...takenBy(argument),
      variadic: argument.variadic,
    })),
  };
}

/** What an option or argument takes: `--dir <dir>` takes a dir. */
function takenBy(what: Option | Argument): Taken {
  const written = 'flags' in what ? /[<[]([\w-]+)/.exec(what.flags)?.[1] : what.name();
  return { name: written ?? '', choices: what.argChoices ?? [] };
}
