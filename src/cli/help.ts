import type { Command } from 'commander';

/** A tree of commands, walked for what is written about it. */

/** This command and all below it, in the order of --help; what is hidden is left out. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.createHelp().visibleCommands(command).flatMap(commandsOf)];
}

/** Its name without the program's own, `config set`; empty for the program itself. */
export function pathOf(command: Command): string {
  if (command.parent === null) return '';
  return `${pathOf(command.parent)} ${command.name()}`.trimStart();
}

/** What --help says below the flags: the remarks, and the command lines of the examples. */
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
