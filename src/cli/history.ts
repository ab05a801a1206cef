import type { Command } from 'commander';
import type { HistoryOptions } from '../commands/history.ts';
import type { RollbackOptions } from '../commands/rollback.ts';
import { UserError } from '../errors.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

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
