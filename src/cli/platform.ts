import type { Command } from 'commander';
import type { LogsOptions } from '../commands/logs.ts';
import type { StartOptions } from '../commands/start.ts';
import type { StopOptions } from '../commands/stop.ts';
import { UserError } from '../errors.ts';
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
  'how long to wait until all services are healthy',
  String(defaultWait),
] as const;

/** The commands around `docker compose`: `start`, `stop`, `restart`, `status`, `logs`, `psql`. */
export function addPlatform(root: Command, run: Runner): void {
  command(root, 'start', 'start the platform and wait until every service is healthy')
    .option(...dirFlag)
    .option(...credentialsBesideFlag)
    .option(...waitFlag)
    .option(...ignoreFlag)
    .option('--begin-empty', 'start with empty volumes, although the platform has had data', false)
    .addHelpText(
      'after',
      `\nFails if a mandatory value is not set. Works offline: pulls only missing images.\n${examples(
        'proto-scaffold start',
        'proto-scaffold start --wait 900',
      )}`,
    )
    .action(
      run<WaitFlags & Pick<StartOptions, 'ignore' | 'beginEmpty'>>(
        async (context, { wait, ...rest }) => {
          const { start } = await import('../commands/start.ts');
          return start(context, { ...rest, wait: seconds(wait ?? '') });
        },
      ),
    );

  command(root, 'stop', 'stop the platform; keeps data and configuration')
    .option(...dirFlag)
    .addHelpText('after', examples('proto-scaffold stop', 'proto-scaffold stop --dir /srv/proto'))
    .action(
      run<StopOptions>(async (context, options) => {
        const { stop } = await import('../commands/stop.ts');
        return stop(context, options);
      }),
    );

  command(root, 'restart [service...]', 'restart services to load a changed configuration')
    .option(...dirFlag)
    .option(...waitFlag)
    .addHelpText(
      'after',
      `\nTo apply a change in docker-compose.yml, run start instead.\n${examples(
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

  command(root, 'reload [service...]', 'let services use changed files where that needs no restart')
    .option(...dirFlag)
    .addHelpText(
      'after',
      `\nFor the database with hybrid hosting: the certificate and the allowed networks. For certbot, in
/etc/letsencrypt/renewal-hooks/deploy/: proto-scaffold reload, and proto-scaffold nginx --install --yes\n${examples(
        'proto-scaffold reload',
        'proto-scaffold reload postgres --dir /srv/proto',
      )}`,
    )
    .action(
      run<{ dir?: string }>(async (context, { dir }, services) => {
        const { reload } = await import('../commands/reload.ts');
        return reload(context, { ...(dir && { dir }), services });
      }),
    );

  command(root, 'status', 'show the status of every service and warn about upcoming problems')
    .option(...dirFlag)
    .option(
      '--wait [seconds]',
      `wait until the platform is healthy (default: ${defaultWait}); exit 3 if it does not become healthy`,
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

  passingCommand(root, 'logs [service...]', 'show the logs of the services')
    .option(...dirFlag)
    .option('-f, --follow', 'follow the logs until you press Ctrl-C')
    .option('--since <time>', 'show logs since a time or duration: 10m, 2026-11-26T02:00:00')
    .option('--tail <lines>', 'show only the last lines of each service: a number, or all')
    .addHelpText(
      'after',
      examples('proto-scaffold logs chatbot --since 10m', 'proto-scaffold logs -f'),
    )
    .action(
      run<Partial<LogsOptions>>(async (context, options, services) => {
        if (options.tail !== undefined) mustBeLines(options.tail);
        if (options.since !== undefined) mustBeTime(options.since);
        const { logs } = await import('../commands/logs.ts');
        return logs(context, { follow: false, ...options, services });
      }),
    );

  passingCommand(root, 'psql [args...]', 'open the database with psql -U postgres -d platform')
    .option(...dirFlag)
    .option('-c, --command <sql>', 'run a statement and exit; can be repeated', collect)
    .addHelpText(
      'after',
      `\nArguments after -- are passed to psql. psql reads stdin and sets the exit code.\n${examples(
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

/** docker takes what is not a number for `all`. @throws UserError USAGE */
function mustBeLines(tail: string): void {
  if (/^(\d{1,9}|all)$/.test(tail)) return;
  throw new UserError('USAGE', `"${tail}" is not a valid number of lines for --tail.`, {
    hint: 'Use a whole number, or all: --tail 100',
  });
}

const duration = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const date =
  '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))';
const clock = '(?:[01]\\d|2[0-3])(?::[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?)?';
const zone = '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const pointInTime = new RegExp(`^${date}(?:T${clock})?${zone}?$`);
const unixTime = /^\d{1,12}(?:\.\d{1,9})?$/;

/**
 * docker's forms: a duration (`1h30m`), a part of RFC 3339, seconds since 1970 (docs.docker.com/reference/cli/docker/container/logs).
 * @throws UserError USAGE
 */
function mustBeTime(since: string): void {
  if ([duration, pointInTime, unixTime].some((form) => form.test(since))) return;
  throw new UserError('USAGE', `"${since}" is not a valid time or duration for --since.`, {
    hint: 'Use a duration such as 10m or 1h30m, a date or time such as 2026-11-26 or 2026-11-26T02:00:00, or seconds since 1970.',
  });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
