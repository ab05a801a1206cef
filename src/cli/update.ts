import { type Command, Option } from 'commander';
import type { HistoryOptions } from '../commands/history.ts';
import type { RollbackOptions } from '../commands/rollback.ts';
import type { UpdateOptions } from '../commands/update.ts';
import { UserError } from '../errors.ts';
import {
  command,
  credentialsBesideFlag,
  defaultWait,
  dirFlag,
  examples,
  ignoreFlag,
  type Runner,
  seconds,
} from './shared.ts';

type UpdateFlags = Partial<Omit<UpdateOptions, 'wait'>> &
  Pick<UpdateOptions, 'onConflict' | 'ignore'> & { readonly wait?: string };

export function addUpdate(root: Command, run: Runner): void {
  command(
    root,
    'update',
    'bring an installation to the newest release; keeps every edit, starts nothing',
  )
    .option(...dirFlag)
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
    .option('--backup', 'back the data up first, without being asked')
    .option('--no-backup', 'do not back the data up first')
    .option('--offline', 'ask no server: the templates alone, with the images that are installed')
    .option('--prune', "remove this platform's images that no state needs any more")
    .option('--start', 'start the platform afterwards, and wait until every service is healthy')
    .option('--wait <seconds>', 'with --start: how long all services may take', String(defaultWait))
    .option(...ignoreFlag)
    .option('--yes', 'do not ask for a go')
    .addHelpText(
      'after',
      examples('proto-scaffold update --dry-run --diff', 'proto-scaffold update'),
    )
    .action(
      run<UpdateFlags>(async (context, { wait, ...options }) => {
        const { update } = await import('../commands/update.ts');
        const flags = {
          dryRun: false,
          diff: false,
          exitCode: false,
          yes: false,
          offline: false,
          prune: false,
          start: false,
        };
        return update(context, { ...flags, ...options, wait: seconds(wait ?? '') });
      }),
    );
}

/** `history`, and `rollback` to what it lists. */
export function addHistory(root: Command, run: Runner): void {
  command(root, 'history', 'list the earlier states that rollback can go back to')
    .option(...dirFlag)
    .addHelpText('after', examples('proto-scaffold history', 'proto-scaffold history --json'))
    .action(
      run<HistoryOptions>(async (context, options) => {
        const { history } = await import('../commands/history.ts');
        return history(context, options);
      }),
    );

  command(root, 'rollback [state]', 'go back to an earlier state of files and images; data stays')
    .option(...dirFlag)
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask for a go')
    .addHelpText('after', examples('proto-scaffold history', 'proto-scaffold rollback 3'))
    .action(
      run<Partial<RollbackOptions>>(async (context, options, [state]) => {
        const { rollback } = await import('../commands/rollback.ts');
        const given = state === undefined ? {} : { n: stateNumber(state) };
        return rollback(context, { dryRun: false, yes: false, ...options, ...given });
      }),
    );
}

function stateNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError('USAGE', `${text} is no number of a state.`, {
    hint: 'Run `proto-scaffold history` to see the numbers.',
  });
}
