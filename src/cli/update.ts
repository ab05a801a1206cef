import { type Command, Option } from 'commander';
import type { AdoptOptions } from '../commands/adopt.ts';
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
    'update an installation to the newest release; keeps every edit, starts nothing',
  )
    .option(...dirFlag)
    .option(...credentialsBesideFlag)
    .option('--release <tag>', 'release to update to instead of the one in the credentials')
    .option('--dry-run', 'show the plan without applying it')
    .option('--diff', 'show the changes to every file, with secrets masked')
    .option('--exit-code', 'with --dry-run: exit 5 if there are changes')
    .addOption(
      new Option(
        '--on-conflict <whose>',
        'whose value to use if you and the release changed the same key',
      )
        .choices(['ours', 'theirs', 'stop'])
        .default('ours'),
    )
    .option('--backup', 'back up the data first, without a prompt')
    .option('--no-backup', 'do not back up the data first')
    .option(
      '--offline',
      'contact no server: update only the templates and keep the installed images',
    )
    .option(
      '--without-engine',
      'change files only: do not ask the Docker Engine, pull images or back up data (CI)',
    )
    .option('--prune', 'remove images of this platform that no state needs')
    .option('--start', 'then start the platform and wait until every service is healthy')
    .option(
      '--wait <seconds>',
      'with --start: how long to wait until all services are healthy',
      String(defaultWait),
    )
    .option(...ignoreFlag)
    .option('--yes', 'skip the confirmation')
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
          withoutEngine: false,
          prune: false,
          start: false,
        };
        return update(context, { ...flags, ...options, wait: seconds(wait ?? '') });
      }),
    );
}

/** `history`, `rollback` and `adopt`. */
export function addHistory(root: Command, run: Runner): void {
  command(root, 'history', 'list the earlier states that you can roll back to')
    .option(...dirFlag)
    .addHelpText('after', examples('proto-scaffold history', 'proto-scaffold history --json'))
    .action(
      run<HistoryOptions>(async (context, options) => {
        const { history } = await import('../commands/history.ts');
        return history(context, options);
      }),
    );

  command(
    root,
    'rollback [state]',
    'roll back files and images to an earlier state; does not change data',
  )
    .option(...dirFlag)
    .option('--dry-run', 'show the plan without applying it')
    .option('--without-engine', 'change files only: do not ask the Docker Engine or pull images')
    .option('--yes', 'skip the confirmation')
    .addHelpText('after', examples('proto-scaffold history', 'proto-scaffold rollback 3'))
    .action(
      run<Partial<RollbackOptions>>(async (context, options, [state]) => {
        const { rollback } = await import('../commands/rollback.ts');
        const given = state === undefined ? {} : { n: stateNumber(state) };
        const flags = { dryRun: false, yes: false, withoutEngine: false };
        return rollback(context, { ...flags, ...options, ...given });
      }),
    );

  command(root, 'adopt', 'let this folder own the data, after a copy or a move')
    .option(...dirFlag)
    .option('--new', 'become an installation of its own instead, without data')
    .option('--dry-run', 'show the plan without applying it')
    .option('--yes', 'skip the confirmation')
    .addHelpText('after', examples('proto-scaffold adopt', 'proto-scaffold adopt --new'))
    .action(
      run<Partial<AdoptOptions>>(async (context, options) => {
        const { adopt } = await import('../commands/adopt.ts');
        return adopt(context, { new: false, dryRun: false, yes: false, ...options });
      }),
    );
}

function stateNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError('USAGE', `${text} is not a state number.`, {
    hint: 'Run `proto-scaffold history` to list the state numbers.',
  });
}
