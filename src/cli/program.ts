import { setMaxListeners } from 'node:events';
import { isatty } from 'node:tty';
import { type Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { ExitCode, Interrupted, UserError } from '../errors.ts';
import { Reporter } from '../reporter.ts';
import { pathOf } from './help.ts';
import { isCredentialHelper } from './ready-answer.ts';
import type { Action } from './shared.ts';
import { commandTree } from './tree.ts';

/** The program behind the entry (src/cli.ts): what was asked for is parsed, done and told. */

const version = packageJson.version;

interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly templates?: string;
}

let exitCodeOfCommand: number = ExitCode.done;
let reporter = newReporter({});
const interruption = new AbortController();
// Every request and every child listens for it; Node would warn of a leak from the eleventh on.
setMaxListeners(0, interruption.signal);

function run<O>(action: Action<O>) {
  return async (...received: unknown[]) => {
    // commander gives the arguments, then the options, then the command.
    const self = received.at(-1) as Command;
    const options = self.opts<O & CommonOptions>();
    const { json, quiet, verbose, templates, ...own } = options;
    reporter = newReporter(options);
    reporter.begin(pathOf(self));
    exitCodeOfCommand = await action(newContext(options), own as O, self.args);
  };
}

function newReporter({ json = false, quiet = false, verbose = false }: CommonOptions): Reporter {
  return new Reporter({
    json,
    quiet,
    verbose,
    version,
    live: process.stderr.isTTY === true,
    columns: () => process.stderr.columns,
    onScreen: process.stdout.isTTY === true,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}

function newContext(options: CommonOptions): Context {
  return {
    reporter,
    env: process.env,
    cwd: workingFolder(),
    colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
    interactive: isatty(0) && process.stderr.isTTY === true && options.json !== true,
    signal: interruption.signal,
    templates: options.templates,
    group: process.getgid?.() ?? 0,
    root: process.getuid?.() === 0,
    version,
  };
}

/** @throws UserError FILE_SYSTEM_ERROR where somebody removed it */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new UserError('FILE_SYSTEM_ERROR', 'The folder you are in no longer exists.', {
      hint: 'Go to another folder: cd',
      cause,
    });
  }
}

/** Runs the program. @returns the exit code; nothing is thrown */
export async function main(argv: readonly string[]): Promise<number> {
  const root = commandTree(version, run, argv[2]);
  try {
    if (isCredentialHelper(argv)) {
      // Docker shows stderr at every pull: what is being done is of no interest there.
      reporter = newReporter({ quiet: true });
      const { credentialHelper } = await import('../commands/credential-helper.ts');
      return await credentialHelper(newContext({}), argv[2], process.stdin, (text) =>
        process.stdout.write(text),
      );
    }
    await root.parseAsync(argv);
    return exitCodeOfCommand;
  } catch (error) {
    if (interruption.signal.aborted && !hasLeft(error)) {
      return reporter.failure(interruption.signal.reason);
    }
    if (!(error instanceof CommanderError)) return reporter.failure(error);
    // --help and --version end this way, too.
    if (error.exitCode === 0) return ExitCode.done;
    if (error.code === 'commander.help') return ExitCode.usage;
    if (argv.includes('--json')) reporter = newReporter({ json: true });
    reporter.begin(root.commands.map((each) => each.name()).find((name) => name === argv[2]) ?? '');
    return reporter.failure(new UserError('USAGE', sentence(error.message)));
  }
}

/** A signal explains most failures that follow it, but not what was begun before it and did not come to its end. */
function hasLeft(error: unknown): boolean {
  return error instanceof UserError && error.left !== undefined;
}

function sentence(commanderMessage: string): string {
  const text = commanderMessage.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.)]$/.test(text) ? '' : '.'}`;
}

for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    const interrupted = new Interrupted(name);
    // A second one means it: the first did not help.
    if (interruption.signal.aborted) process.exit(interrupted.exitCode);
    interruption.abort(interrupted);
  });
}

/** Says that the output of a command could not be written. @returns the exit code */
export function tellLostOutput(error: NodeJS.ErrnoException): number {
  // Never as JSON: stdout is what can not be written to.
  return newReporter({}).failure(
    new UserError('FILE_SYSTEM_ERROR', `The output could not be written: ${error.message}.`, {
      hint: 'The command itself is done; only its output is lost. Give it another place to go to.',
    }),
  );
}
