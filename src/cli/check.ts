import { type Command, Option } from 'commander';
import type { CheckCommandOptions } from '../commands/check.ts';
import {
  command,
  credentialsBesideFlag,
  dirFlag,
  examples,
  ignoreFlag,
  type Runner,
} from './shared.ts';

type CheckFlags = Partial<CheckCommandOptions> & Pick<CheckCommandOptions, 'ignore'>;

export function addCheck(root: Command, run: Runner): void {
  command(
    root,
    'check',
    'look whether host and installation are ready, and what to do; changes nothing',
  )
    .option(...dirFlag)
    .option(...credentialsBesideFlag)
    .option(
      '--online',
      'try the keys of SendGrid and OpenAI or Azure OpenAI, too, with one request each',
    )
    .addOption(
      new Option(
        '--profile <command>',
        'only what matters to that command, as it would look at it',
      ).choices(['init', 'start', 'update']),
    )
    .option(...ignoreFlag)
    .option(
      '--urls',
      'list every host:port that must be reached, for the firewall; look at nothing',
    )
    .addHelpText(
      'after',
      `\nExit code: 0 nothing that is required is missing; 3 the host lacks something; 5 a value is unset or wrong.\n${examples(
        'proto-scaffold check',
        'proto-scaffold check --online --json',
        'proto-scaffold check --ignore memory',
        'proto-scaffold check --urls',
      )}`,
    )
    .action(
      run<CheckFlags>(async (context, options) => {
        const { check } = await import('../commands/check.ts');
        return check(context, { online: false, urls: false, ...options });
      }),
    );
}
