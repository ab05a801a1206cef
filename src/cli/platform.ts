import type { Command } from 'commander';
import type { LogsOptions } from '../commands/logs.ts';
import type { StartOptions } from '../commands/start.ts';
import type { StopOptions } from '../commands/stop.ts';
import {
  command,
  credentialsBesideFlag,
  defaultWait,
  dirFlag,
  examples,
  ignoreFlag,
  passingCommand,
  type Runner,
  seconds,
} from './shared.ts';

interface WaitFlags {
  readonly dir?: string;
  readonly credentials?: string;
  readonly wait?: string;
}

const waitFlag = [
  '--wait <seconds>',
  'how long all services may take to become healthy',
  String(defaultWait),
] as const;

/** The commands around `docker compose`: `start`, `stop`, `restart`, `status`, `logs`, `psql`. */
export function addPlatform(root: Command, run: Runner): void {
  command(root, 'start', 'start the platform and wait until every service is healthy')
    .option(...dirFlag)
    .option(...credentialsBesideFlag)
    .option(...waitFlag)
    .option(...ignoreFlag)
    .addHelpText(
      'after',
      `\nRefuses while a mandatory value is not set. Works offline: only images that are missing are pulled.\n${examples(
        'proto-scaffold start',
        'proto-scaffold start --wait 900',
      )}`,
    )
    .action(
      run<WaitFlags & Pick<StartOptions, 'ignore'>>(async (context, { wait, ...rest }) => {
        const { start } = await import('../commands/start.ts');
        return start(context, { ...rest, wait: seconds(wait ?? '') });
      }),
    );

  command(root, 'stop', 'take the platform down; data and configuration stay')
    .option(...dirFlag)
    .addHelpText('after', examples('proto-scaffold stop', 'proto-scaffold stop --dir /srv/proto'))
    .action(
      run<StopOptions>(async (context, options) => {
        const { stop } = await import('../commands/stop.ts');
        return stop(context, options);
      }),
    );

  command(root, 'restart [service...]', 'restart services, to read their configuration anew')
    .option(...dirFlag)
    .option(...waitFlag)
    .addHelpText(
      'after',
      `\nA change in docker-compose.yml is taken by start, not by restart.\n${examples(
        'proto-scaffold restart',
        'proto-scaffold restart platform chatbot',
      )}`,
    )
    .action(
      run<WaitFlags>(async (context, { dir, wait }, services) => {
        const { restart } = await import('../commands/restart.ts');
        return restart(context, { ...(dir && { dir }), services, wait: seconds(wait ?? '') });
      }),
    );

  command(root, 'status', 'show how every service does, and what will need care')
    .option(...dirFlag)
    .option(
      '--wait [seconds]',
      `wait for the platform to be healthy (${defaultWait}); exit 3 if it is not`,
    )
    .addHelpText(
      'after',
      examples('proto-scaffold status', 'proto-scaffold status --wait 600 --json'),
    )
    .action(
      run<{ dir?: string; wait?: string | true }>(async (context, { dir, wait }) => {
        const { status } = await import('../commands/status.ts');
        const given = wait === true ? defaultWait : wait && seconds(wait);
        return status(context, { ...(dir && { dir }), ...(given && { wait: given }) });
      }),
    );

  passingCommand(root, 'logs [service...]', 'show what the services print')
    .option(...dirFlag)
    .option('-f, --follow', 'go on, until Ctrl-C')
    .option('--since <time>', 'from a time or a duration on: 10m, 2026-11-26T02:00:00')
    .option('--tail <lines>', 'the last lines of each service alone')
    .addHelpText(
      'after',
      examples('proto-scaffold logs chatbot --since 10m', 'proto-scaffold logs -f'),
    )
    .action(
      run<Partial<LogsOptions>>(async (context, options, services) => {
        const { logs } = await import('../commands/logs.ts');
        return logs(context, { follow: false, ...options, services });
      }),
    );

  passingCommand(root, 'psql [args...]', 'open the database, as psql -U postgres -d platform')
    .option(...dirFlag)
    .option('-c, --command <sql>', 'run a statement and end; may be given more than once', collect)
    .addHelpText(
      'after',
      `\nWhat follows -- goes to psql. stdin and the exit code are psql's.\n${examples(
        'proto-scaffold psql',
        'proto-scaffold psql -c "select count(*) from people"',
        'proto-scaffold psql -- --csv -f - <report.sql',
      )}`,
    )
    .action(
      run<{ dir?: string; command?: string[] }>(async (context, { dir, command }, args) => {
        const { psql } = await import('../commands/psql.ts');
        const statements = (command ?? []).flatMap((sql) => ['-c', sql]);
        return psql(context, { ...(dir && { dir }), args: [...statements, ...args] });
      }),
    );
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
