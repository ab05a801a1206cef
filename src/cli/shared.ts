import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';

/** stdout or stderr. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where a program prints; help goes to stderr where it was not asked for. */
export interface Outputs {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Gives the exit code. */
export type Action<O> = (context: Context, options: O, args: string[]) => Promise<number>;

/** Makes of an action what commander calls: the process around it is cli.ts's. */
export type Runner = <O>(action: Action<O>) => (...received: unknown[]) => Promise<void>;

export const dirFlag = [
  '--dir <dir>',
  'the installation, where it is not this folder, a parent or ./proto',
] as const;

export const credentialsBesideFlag = [
  '--credentials <file>',
  "the vendor's credentials file, where it is not here or beside the installation",
] as const;

/** A check to be left out; may be given more than once. */
export const ignoreFlag: [string, string, (id: string, before: string[]) => string[], string[]] = [
  '--ignore <id>',
  'do not stop at this check, which you know of (may be given more than once)',
  (id, before) => [...before, id],
  [],
];

/** A command with the options that all have. */
export function command(parent: Command, usage: string, description: string): Command {
  const made = parent.command(usage).description(description);
  return common(made.option('--json', 'print one JSON document on stdout'));
}

/** A command that hands the terminal to another program: what that prints is no document of ours. */
export function passingCommand(parent: Command, usage: string, description: string): Command {
  return common(parent.command(usage).description(description));
}

function common(made: Command): Command {
  return made
    .option('-q, --quiet', 'print results and problems only')
    .option('-v, --verbose', 'tell how it is done')
    .option('--templates <dir>', 'use another template set (for the vendor)');
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** Of `--wait`. @throws UserError USAGE */
export function seconds(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UserError('USAGE', `${text} is no number of seconds for --wait.`, {
    hint: 'Give a whole number from 1 on: --wait 300',
  });
}

export const defaultWait = 300;
