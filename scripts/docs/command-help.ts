import type { Argument, Command, Option } from 'commander';
import { commandsOf, pathOf, remarksOf } from '../../src/cli/help.ts';
import { commandTree } from '../../src/cli/tree.ts';

/** The commander tree as plain data, for the reference page and the man page. */

export interface FlagHelp {
  /** `-f, --follow`, `--wait <seconds>` */
  readonly flags: string;
  readonly about: string;
}

export interface CommandHelp {
  /** `config set`; empty for the program itself. */
  readonly path: string;
  /** The usage: `[options] <key> [value]`. */
  readonly usage: string;
  readonly about: string;
  /** Only the flags specific to the command. `commonFlags` contains the others. */
  readonly flags: readonly FlagHelp[];
  readonly remarks: readonly string[];
  readonly examples: readonly string[];
}

export interface ProgramHelp {
  readonly about: string;
  /** Flags that most commands have, with the commands that do not. */
  readonly commonFlags: readonly (FlagHelp & { readonly notIn: readonly string[] })[];
  /** In the order of --help, without commands that only contain subcommands. */
  readonly commands: readonly CommandHelp[];
}

export function programHelp(): ProgramHelp {
  const root = commandTree('', () => async () => {});
  const commands = commandsOf(root).filter(({ commands }) => commands.length === 0);
  const flagsOf = new Map(commands.map((command) => [command, flags(command)]));
  const all = new Map([...flagsOf.values()].flat().map((flag) => [key(flag), flag]));
  const withFlag = (flag: FlagHelp) =>
    commands.filter((command) => flagsOf.get(command)?.some((each) => key(each) === key(flag)));
  const common = [...all.values()].filter(
    (flag) => withFlag(flag).length * 3 > commands.length * 2,
  );
  return {
    about: root.description(),
    commonFlags: common.map((flag) => ({
      ...flag,
      notIn: commands.filter((each) => !withFlag(flag).includes(each)).map(pathOf),
    })),
    commands: commands.map((command) => ({
      path: pathOf(command),
      usage: command
        .usage()
        .replace(/^\[options\] ?/, '[flags] ')
        .trim(),
      about: command.description(),
      flags: [
        ...command.registeredArguments.flatMap(argumentHelp),
        ...flags(command).filter((flag) => !common.some((each) => key(each) === key(flag))),
      ],
      ...remarksOf(command),
    })),
  };
}

function key({ flags, about }: FlagHelp): string {
  return `${flags}\n${about}`;
}

function flags(command: Command): FlagHelp[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ flags: option.flags, about: option.description + details(option) }));
}

/** An argument with more information than its name. */
function argumentHelp(argument: Argument): FlagHelp[] {
  if (argument.description === '') return [];
  return [{ flags: `<${argument.name()}>`, about: argument.description + details(argument) }];
}

function details({ argChoices, defaultValue }: Option | Argument): string {
  const parts = [
    ...(argChoices ? [argChoices.join(', ')] : []),
    ...(typeof defaultValue === 'string' ? [`default: ${defaultValue}`] : []),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
