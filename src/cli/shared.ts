import { Command } from 'commander';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';

/** stdout or stderr. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where the program prints. Help that follows a usage error goes to stderr. */
export interface Outputs {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Resolves to the exit code. */
export type Action<O> = (context: Context, options: O, args: string[]) => Promise<number>;

/** Wraps an action in the function that commander calls. */
export type Runner = <O>(action: Action<O>) => (...received: unknown[]) => Promise<void>;

export const dirFlag = [
  '--dir <dir>',
  'installation folder (default: this folder, a parent or ./proto)',
] as const;

export const credentialsBesideFlag = [
  '--credentials <file>',
  'credentials file from the vendor (default: in this folder or next to the installation)',
] as const;

/** A check to skip. Can be repeated. */
export const ignoreFlag: [string, string, (id: string, before: string[]) => string[], string[]] = [
  '--ignore <id>',
  'skip this check (can be repeated)',
  (id, before) => [...before, id],
  [],
];

/** A program, without its commands. */
export function rootCommand(name: string, version: string, { stdout, stderr }: Outputs): Command {
  return new Command(name)
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      getOutHelpWidth: () => (stdout.isTTY === true ? (stdout.columns ?? 80) : 80),
      writeErr: (text) => stderr.write(text),
      getErrHelpWidth: () => (stderr.isTTY === true ? (stderr.columns ?? 80) : 80),
      outputError: () => {},
    })
    .exitOverride();
}

/** A command with the common options. */
export function command(parent: Command, usage: string, description: string): Command {
  const made = parent.command(usage).description(description);
  return common(made.option('--json', 'print one JSON document to stdout'));
}

/** A command that gives the terminal to another program, so it has no --json. */
export function passingCommand(parent: Command, usage: string, description: string): Command {
  return common(parent.command(usage).description(description));
}

function common(made: Command): Command {
  return made
    .option('-q, --quiet', 'print only results and problems')
    .option('-v, --verbose', 'show the commands as they run')
    .option('--templates <dir>', 'use another template set (for the vendor)');
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** Parses the value of `--wait`. @throws UserError USAGE */
export function seconds(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UserError('USAGE', `${text} is not a valid number of seconds for --wait.`, {
    hint: 'Use a whole number of at least 1: --wait 300',
  });
}

export const defaultWait = 300;
