import type { Command } from 'commander';
import type { Context } from '../context.ts';

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
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print one JSON document on stdout')
    .option('-q, --quiet', 'print results and problems only')
    .option('-v, --verbose', 'tell how it is done')
    .option('--templates <dir>', 'use another template set (for the vendor)');
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
