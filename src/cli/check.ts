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
    'check that the host and the installation are ready, and show what to fix; changes nothing',
  )
    .option(...dirFlag)
    .option(...credentialsBesideFlag)
    .option(
      '--online',
      'also test the SendGrid and OpenAI or Azure OpenAI keys, with one request each',
    )
    .addOption(
      new Option('--profile <command>', 'run only the checks that this command runs').choices([
        'init',
        'start',
        'update',
      ]),
    )
    .option(...ignoreFlag)
    .option('--urls', 'list every host:port that the firewall must allow; run no checks')
    .addHelpText(
      'after',
      `\nExit codes: 0 all requirements are met; 3 the host does not meet one; 5 a value is unset or invalid.\n${examples(
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
