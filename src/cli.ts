import { setMaxListeners } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { ConfigGetOptions } from './commands/config-get.ts';
import type { ConfigListOptions } from './commands/config-list.ts';
import type { ConfigSetOptions } from './commands/config-set.ts';
import type { ConfigUnsetOptions } from './commands/config-unset.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { LoginOptions } from './commands/login.ts';
import type { RollbackOptions } from './commands/rollback.ts';
import type { UpdateOptions } from './commands/update.ts';
import type { Context } from './context.ts';
import { ExitCode, Interrupted, UserError } from './errors.ts';
import { Reporter } from './reporter.ts';

/** The commander tree. The one place that looks at argv and the environment, and that ends the process. */

const version = packageJson.version;
const credentialsFlag = [
  '--credentials <file>',
  "the vendor's credentials file",
  'proto_credentials.json',
] as const;
const credentialsBesideFlag = [
  '--credentials <file>',
  "the vendor's credentials file, where it is not here or beside the installation",
] as const;

interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly templates?: string;
}

/** Gives the exit code. */
type Action<O> = (context: Context, options: O, args: string[]) => Promise<number>;

const dirFlag = '--dir <dir>';
const dirWords = 'the installation, where it is not this folder, a parent or ./proto';
let exitCodeOfCommand: number = ExitCode.done;
let reporter = newReporter({});
const interruption = new AbortController();
// Every request and every child listens for it; Node would warn of a leak from the eleventh on.
setMaxListeners(0, interruption.signal);

function program(): Command {
  const root = new Command('proto-scaffold')
    .description('Installs and updates a self-hosted Proto AICX platform.')
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .exitOverride();

  command(
    root,
    'init [dir]',
    'make an installation: files, pinned images, registry login; starts nothing',
  )
    .option(...credentialsFlag)
    .option('--values <file>', 'values for the placeholders, TOML or JSON')
    .option('--url <url>', 'host name under which people reach the platform')
    .option('--release <tag>', 'release to install, instead of the one in the credentials')
    .option('--dry-run', 'show the plan and end; asks no server')
    .option('--pull', 'pull the images too (needs a running Docker Engine)')
    .option('--yes', 'do not ask for a go')
    .addHelpText(
      'after',
      examples('proto-scaffold init', 'proto-scaffold init /srv/proto --values values.toml --yes'),
    )
    .action(
      run<InitFlags>(async (context, options, [folder]) => {
        const { init } = await import('./commands/init.ts');
        const { dryRun = false, pull = false, yes = false, ...rest } = options;
        return init(context, { ...rest, folder: folder ?? 'proto', dryRun, pull, yes });
      }),
    );

  command(
    root,
    'update',
    'bring an installation to the newest release; keeps every edit, starts nothing',
  )
    .option(dirFlag, dirWords)
    .option(...credentialsBesideFlag)
    .option('--release <tag>', 'release to go to, instead of the one in the credentials')
    .option('--dry-run', 'show the plan and end')
    .option('--diff', 'show the changes of every file, secrets masked')
    .option('--exit-code', 'with --dry-run: exit 5 if there is something to change')
    .addOption(
      new Option(
        '--on-conflict <whose>',
        'whose value stays live where you and the release changed one key',
      )
        .choices(['ours', 'theirs', 'stop'])
        .default('ours'),
    )
    .option('--offline', 'ask no server: the templates alone, with the images that are installed')
    .option('--prune', "remove this platform's images that no state needs any more")
    .option('--yes', 'do not ask for a go')
    .addHelpText(
      'after',
      examples('proto-scaffold update --dry-run --diff', 'proto-scaffold update'),
    )
    .action(
      run<UpdateFlags>(async (context, options) => {
        const { update } = await import('./commands/update.ts');
        const flags = {
          dryRun: false,
          diff: false,
          exitCode: false,
          yes: false,
          offline: false,
          prune: false,
        };
        return update(context, { ...flags, ...options });
      }),
    );

  command(root, 'history', 'list the earlier states that rollback can go back to')
    .option(dirFlag, dirWords)
    .action(
      run<HistoryOptions>(async (context, options) => {
        const { history } = await import('./commands/history.ts');
        return history(context, options);
      }),
    );

  command(root, 'rollback [state]', 'go back to an earlier state of files and images; data stays')
    .option(dirFlag, dirWords)
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask for a go')
    .addHelpText('after', examples('proto-scaffold history', 'proto-scaffold rollback 3'))
    .action(
      run<Partial<RollbackOptions>>(async (context, options, [state]) => {
        const { rollback } = await import('./commands/rollback.ts');
        const given = state === undefined ? {} : { n: stateNumber(state) };
        return rollback(context, { dryRun: false, yes: false, ...options, ...given });
      }),
    );

  command(root, 'login', 'log Docker in to the registry; a login lasts 12 hours')
    .option(...credentialsBesideFlag)
    .option(
      '--helper',
      "have Docker fetch a fresh token at every pull, through Docker's credential helpers",
    )
    .addHelpText('after', examples('proto-scaffold login', 'proto-scaffold login --helper'))
    .action(
      run<Partial<LoginOptions>>(async (context, options) => {
        const { login } = await import('./commands/login.ts');
        return login(context, { helper: false, ...options });
      }),
    );
  addConfig(root);
  return root;
}

function addConfig(root: Command): void {
  const config = root
    .command('config')
    .description('show and change the parameters in backend/config/*.toml, comments kept')
    .helpCommand(false);
  const oneFile = ['--file <file>', "only in this service's file, such as platform.toml"] as const;

  command(config, 'list', 'list every parameter: value, and what is unset, changed or differs')
    .option(dirFlag, dirWords)
    .option('--unset', 'only those still to be set')
    .option('--changed', 'only those that are not as the release has them')
    .action(
      run<Partial<ConfigListOptions>>(async (context, options) => {
        const { configList } = await import('./commands/config-list.ts');
        return configList(context, { unset: false, changed: false, ...options });
      }),
    );

  command(config, 'get <key>', 'print the value of a parameter, and nothing else')
    .option(dirFlag, dirWords)
    .option(...oneFile)
    .option('--reveal', 'print a secret, too')
    .action(
      run<Partial<ConfigGetOptions>>(async (context, options, [key = '']) => {
        const { configGet } = await import('./commands/config-get.ts');
        return configGet(context, { reveal: false, ...options, key });
      }),
    );

  command(config, 'set <key> [value]', 'set a parameter in the files of all services that have it')
    .option(dirFlag, dirWords)
    .option(...oneFile)
    .option('--add', 'with --file: a key that no release has')
    .option('--toml', 'the value is TOML, whatever type the parameter has')
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask before a secret is changed that the program made')
    .addHelpText(
      'after',
      `\nWithout a value it is asked for, or read from stdin. A secret is never taken from the command line.\n${examples(
        'proto-scaffold config set openai.provider azure',
        'proto-scaffold config set sendgrid.api_key',
        'printf %s "$KEY" | proto-scaffold config set sendgrid.api_key',
      )}`,
    )
    .action(
      run<Partial<ConfigSetOptions>>(async (context, options, [key = '', value]) => {
        const { configSet } = await import('./commands/config-set.ts');
        const flags = { add: false, toml: false, dryRun: false, yes: false };
        const given = value === undefined ? {} : { value };
        return configSet(context, { ...flags, ...options, key, ...given }, process.stdin);
      }),
    );

  command(config, 'unset <key>', "take your change back: the release's value stands again")
    .option(dirFlag, dirWords)
    .option(...oneFile)
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask before a secret is changed that the program made')
    .addHelpText(
      'after',
      '\nWhere nothing was given at init, the placeholder stands again. A key of your own is removed.',
    )
    .action(
      run<Partial<ConfigUnsetOptions>>(async (context, options, [key = '']) => {
        const { configUnset } = await import('./commands/config-unset.ts');
        return configUnset(context, { dryRun: false, yes: false, ...options, key });
      }),
    );
}

type UpdateFlags = Partial<UpdateOptions> & Pick<UpdateOptions, 'onConflict'>;

interface InitFlags {
  readonly credentials: string;
  readonly values?: string;
  readonly url?: string;
  readonly release?: string;
  readonly dryRun?: boolean;
  readonly pull?: boolean;
  readonly yes?: boolean;
}

function stateNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError('USAGE', `${text} is no number of a state.`, {
    hint: 'Run `proto-scaffold history` to see the numbers.',
  });
}

/** A command with the options that all have. */
function command(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print one JSON document on stdout')
    .option('-q, --quiet', 'print results and problems only')
    .option('-v, --verbose', 'tell how it is done')
    .option('--templates <dir>', 'use another template set (for the vendor)');
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

function run<O>(action: Action<O>) {
  return async (...received: unknown[]) => {
    // commander gives the arguments, then the options, then the command.
    const self = received.at(-1) as Command;
    const options = self.opts<O & CommonOptions>();
    const { json, quiet, verbose, templates, ...own } = options;
    reporter = newReporter(options);
    reporter.begin(fullName(self));
    exitCodeOfCommand = await action(newContext(options), own as O, self.args);
  };
}

/** `config set`: the name without the program's own. */
function fullName(self: Command): string {
  const above = self.parent?.parent ? `${fullName(self.parent)} ` : '';
  return above + self.name();
}

function newReporter({ json = false, quiet = false, verbose = false }: CommonOptions): Reporter {
  return new Reporter({
    json,
    quiet,
    verbose,
    version,
    live: process.stderr.isTTY === true,
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
    interactive:
      process.stdin.isTTY === true && process.stderr.isTTY === true && options.json !== true,
    signal: interruption.signal,
    templates: options.templates ?? fileURLToPath(new URL('../templates', import.meta.url)),
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
async function main(argv: readonly string[]): Promise<number> {
  const root = program();
  try {
    if (basename(argv[1] ?? '') === 'docker-credential-proto-scaffold') {
      // Docker shows stderr at every pull: what is being done is of no interest there.
      reporter = newReporter({ quiet: true });
      const { credentialHelper } = await import('./commands/credential-helper.ts');
      return await credentialHelper(newContext({}), argv[2], process.stdin, (text) =>
        process.stdout.write(text),
      );
    }
    await root.parseAsync(argv);
    return exitCodeOfCommand;
  } catch (error) {
    if (interruption.signal.aborted) return reporter.failure(interruption.signal.reason);
    if (!(error instanceof CommanderError)) return reporter.failure(error);
    // --help and --version end this way, too.
    if (error.exitCode === 0) return ExitCode.done;
    if (error.code === 'commander.help') return ExitCode.usage;
    if (argv.includes('--json')) reporter = newReporter({ json: true });
    reporter.begin(root.commands.map((each) => each.name()).find((name) => name === argv[2]) ?? '');
    return reporter.failure(new UserError('USAGE', sentence(error.message)));
  }
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
let lostOutput: NodeJS.ErrnoException | undefined;
// No reason to leave the work half done: it is told at the end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Behind `| head` nobody reads any more, and nobody misses it.
  if (error.code !== 'EPIPE') lostOutput ??= error;
});
// What can not be told can not be told of.
process.stderr.on('error', () => {});

/** The exit code of the command, unless it did well and its result got lost. */
function finalExitCode(exitCode: number): number {
  if (lostOutput === undefined || exitCode !== ExitCode.done) return exitCode;
  // Never as JSON: stdout is what can not be written to.
  return newReporter({}).failure(
    new UserError('FILE_SYSTEM_ERROR', `The output could not be written: ${lostOutput.message}.`, {
      hint: 'The command itself is done; only its output is lost. Give it another place to go to.',
    }),
  );
}

const exitCode = await main(process.argv);
// What was written may still be on its way into a pipe.
process.stdout.write('', () => {
  // The error event of a write that failed comes after the callback.
  setImmediate(() => {
    const code = finalExitCode(exitCode);
    process.stderr.write('', () => process.exit(code));
  });
});
