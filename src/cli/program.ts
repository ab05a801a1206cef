import { type Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { ExitCode, Interrupted, UserError } from '../errors.ts';
import { passwordsIn } from '../lib/net/url-login.ts';
import { refuseUnsafeRuntime } from '../lib/process/runtime-variables.ts';
import { Reporter } from '../reporter.ts';
import { pathOf } from './help.ts';
import { isCredentialHelper, isReleaseProgram } from './ready-answer.ts';
import type { Action, Outputs } from './shared.ts';
import { commandTree } from './tree.ts';

/** The program that the entry point (src/cli.ts) runs: it parses the command line, runs the command and reports the result. */

const version = packageJson.version;

/** The process that the program runs in. The program uses only this, so several can run in one process. */
export interface Surroundings extends Outputs {
  /** Same layout as `process.argv`: the command starts at the third element. */
  readonly argv: readonly string[];
  readonly env: Context['env'];
  /** @throws if the folder no longer exists */
  readonly cwd: () => string;
  /** Opened on first read. */
  readonly stdin: Context['stdin'];
  readonly stdinIsTerminal: boolean;
  /** Aborts with an `Interrupted` error as its reason. */
  readonly signal: AbortSignal;
  /** The process's primary group, and whether the user is root. */
  readonly group: number;
  readonly root: boolean;
}

export interface Program {
  /** @returns the exit code; never throws */
  run(): Promise<number>;
  /** Reports an error that no command handled. @returns the exit code */
  reportUnhandled(error: unknown): number;
  /** Reports that the output of a command could not be written. @returns the exit code */
  reportLostOutput(error: Error): number;
  /** Says that the command cannot obey a signal yet, and why. @param signal its name */
  reportLateSignal(signal: string): void;
}

interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly templates?: string;
}

/**
 * The group through which containers read the files of an installation. Never group 0 for root, whose files those of the whole
 * host are: under sudo it is the group of the caller, and otherwise one without members that Debian, Ubuntu and Red Hat do not use.
 */
export function groupOfFiles({
  group,
  root,
  env,
}: Pick<Surroundings, 'group' | 'root' | 'env'>): number {
  if (!root || group !== 0) return group;
  const ofCaller = /^[1-9]\d{0,9}$/.test(env.SUDO_GID ?? '') ? Number(env.SUDO_GID) : 0;
  return ofCaller > 0 && ofCaller <= largestGroup ? ofCaller : unprivilegedGroup;
}

/** 65534 is the overflow group, which unmapped groups appear as (user_namespaces(7)). */
const unprivilegedGroup = 65533;
const largestGroup = 2 ** 32 - 2;

export function createProgram(surroundings: Surroundings): Program {
  const { argv, env, stdin, stdinIsTerminal, stdout, stderr, signal } = surroundings;
  let exitCodeOfCommand: number = ExitCode.done;
  let reporter = newReporter({});

  function newReporter({ json = false, quiet = false, verbose = false }: CommonOptions): Reporter {
    const made = new Reporter({
      json,
      quiet,
      verbose,
      version,
      live: stderr.isTTY === true,
      columns: () => stderr.columns,
      onScreen: stdout.isTTY === true,
      stdout: (text) => stdout.write(text),
      stderr: (text) => stderr.write(text),
    });
    for (const password of passwordsIn(env)) made.protect(password);
    return made;
  }

  function newContext(options: CommonOptions): Context {
    return {
      reporter,
      env,
      cwd: workingFolder(surroundings.cwd),
      stdin,
      write: (text) => stdout.write(text),
      colour: stdout.isTTY === true && !env.NO_COLOR,
      terminal: stdinIsTerminal && stdout.isTTY === true,
      interactive: stdinIsTerminal && stderr.isTTY === true && options.json !== true,
      signal,
      templates: options.templates,
      group: groupOfFiles(surroundings),
      root: surroundings.root,
      version,
    };
  }

  function runAction<O>(action: Action<O>) {
    return async (...received: unknown[]) => {
      // commander passes the arguments, then the options, then the command.
      const self = received.at(-1) as Command;
      const options = self.opts<O & CommonOptions>();
      const { json, quiet, verbose, templates, ...own } = options;
      reporter = newReporter(options);
      reporter.begin(pathOf(self));
      refuseUnsafeRuntime(env);
      exitCodeOfCommand = await action(newContext(options), own as O, self.args);
    };
  }

  async function runHelper(): Promise<number> {
    // Docker shows stderr at every pull, so hide the progress.
    reporter = newReporter({ quiet: true });
    refuseUnsafeRuntime(env);
    const { credentialHelper } = await import('../commands/credential-helper.ts');
    return await credentialHelper(newContext({}), argv[2]);
  }

  function failure(error: unknown, tree: Command): number {
    const isTold = error instanceof Interrupted || hasLeft(error);
    if (signal.aborted && !isTold) return reporter.failure(signal.reason);
    if (!(error instanceof CommanderError)) return reporter.failure(error);
    // --help and --version also end here.
    if (error.exitCode === 0) return ExitCode.done;
    if (error.code === 'commander.help') return ExitCode.usage;
    if (argv.includes('--json')) reporter = newReporter({ json: true });
    reporter.begin(tree.commands.map((each) => each.name()).find((name) => name === argv[2]) ?? '');
    return reporter.failure(new UserError('USAGE', sentence(error.message)));
  }

  return {
    async run() {
      const tree = isReleaseProgram(argv)
        ? (await import('./release-tree.ts')).releaseTree(version, runAction, surroundings)
        : commandTree(version, runAction, argv[2], surroundings);
      try {
        if (isCredentialHelper(argv)) return await runHelper();
        await tree.parseAsync(argv);
        return exitCodeOfCommand;
      } catch (error) {
        return failure(firstOf(error), tree);
      }
    },
    reportUnhandled(error) {
      return reporter.failure(firstOf(error));
    },
    reportLateSignal: (signal) => reporter.late(signal),
    reportLostOutput(error) {
      // Never as JSON: stdout cannot be written to.
      return newReporter({}).failure(
        new UserError('FILE_SYSTEM_ERROR', `The output could not be written: ${error.message}.`, {
          hint: 'The command itself is complete. Only its output is lost. Redirect the output to another destination.',
        }),
      );
    },
  };
}

/** @throws UserError FILE_SYSTEM_ERROR if the folder was removed */
function workingFolder(cwd: () => string): string {
  try {
    return cwd();
  } catch (cause) {
    throw new UserError('FILE_SYSTEM_ERROR', 'The current folder no longer exists.', {
      hint: 'Change to another folder: cd',
      cause,
    });
  }
}

/** A signal explains most failures that follow it, except a change that was in progress and did not finish. */
function hasLeft(error: unknown): boolean {
  return error instanceof UserError && error.left !== undefined;
}

/** The first failure, if closing a resource failed after it (`await using`). */
function firstOf(error: unknown): unknown {
  const { name, suppressed } = (error ?? {}) as { name?: unknown; suppressed?: unknown };
  return name === 'SuppressedError' ? firstOf(suppressed) : error;
}

function sentence(commanderMessage: string): string {
  const text = commanderMessage.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.)]$/.test(text) ? '' : '.'}`;
}
