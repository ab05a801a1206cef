import type { Command } from 'commander';
import type { ConfigGetOptions } from '../commands/config-get.ts';
import type { ConfigListOptions } from '../commands/config-list.ts';
import type { ConfigRotateOptions } from '../commands/config-rotate.ts';
import type { ConfigSetOptions } from '../commands/config-set.ts';
import type { ConfigUnsetOptions } from '../commands/config-unset.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

export function addConfig(root: Command, run: Runner): void {
  const config = root
    .command('config')
    .description('show and change the parameters in backend/config/*.toml; keeps comments')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples('proto-scaffold config list --unset', 'proto-scaffold config get app.base_url'),
    );
  const oneFile = [
    '--file <config-file>',
    'use only the file of one service, such as platform.toml',
  ] as const;

  command(
    config,
    'list',
    'list every parameter with its value, and whether it is unset, changed or different',
  )
    .option(...dirFlag)
    .option('--unset', 'show only parameters that are not set')
    .option('--changed', 'show only parameters that differ from the release')
    .addHelpText(
      'after',
      examples('proto-scaffold config list --unset', 'proto-scaffold config list --changed'),
    )
    .action(
      run<Partial<ConfigListOptions>>(async (context, options) => {
        const { configList } = await import('../commands/config-list.ts');
        return configList(context, { unset: false, changed: false, ...options });
      }),
    );

  command(config, 'get <key>', 'print only the value of a parameter')
    .option(...dirFlag)
    .option(...oneFile)
    .option('--reveal', 'print the value even if it is a secret')
    .addHelpText(
      'after',
      examples(
        'proto-scaffold config get app.base_url',
        'proto-scaffold config get database.password --file platform.toml --reveal',
      ),
    )
    .action(
      run<Partial<ConfigGetOptions>>(async (context, options, [key = '']) => {
        const { configGet } = await import('../commands/config-get.ts');
        return configGet(context, { reveal: false, ...options, key });
      }),
    );

  command(config, 'set <key> [value]', 'set a parameter in the files of all services that use it')
    .option(...dirFlag)
    .option(...oneFile)
    .option('--add', 'with --file: add a key that is not in any release')
    .option('--toml', 'parse the value as TOML, whatever the type of the parameter')
    .option('--dry-run', 'show the plan without applying it')
    .option('--yes', 'skip the confirmation when a generated secret changes')
    .addHelpText(
      'after',
      `\nIf you omit the value, you are prompted for it, or it is read from stdin. Secrets are not accepted on the command line.\n${examples(
        'proto-scaffold config set openai.provider azure',
        'proto-scaffold config set sendgrid.api_key',
        'printf %s "$KEY" | proto-scaffold config set sendgrid.api_key',
      )}`,
    )
    .action(
      run<Partial<ConfigSetOptions>>(async (context, options, [key = '', value]) => {
        const { configSet } = await import('../commands/config-set.ts');
        const flags = { add: false, toml: false, dryRun: false, yes: false };
        const given = value === undefined ? {} : { value };
        return configSet(context, { ...flags, ...options, key, ...given });
      }),
    );

  command(config, 'unset <key>', "undo your change and restore the release's value")
    .option(...dirFlag)
    .option(...oneFile)
    .option('--dry-run', 'show the plan without applying it')
    .option('--yes', 'skip the confirmation when a generated secret changes')
    .addHelpText(
      'after',
      `\nIf the value was not set at init, the placeholder is restored. A key that you added is removed.\n${examples(
        'proto-scaffold config unset cors.allow_origins',
      )}`,
    )
    .action(
      run<Partial<ConfigUnsetOptions>>(async (context, options, [key = '']) => {
        const { configUnset } = await import('../commands/config-unset.ts');
        return configUnset(context, { dryRun: false, yes: false, ...options, key });
      }),
    );

  command(
    config,
    'rotate <key>',
    'generate a new secret and update the database; shows who is logged out and what to restart',
  )
    .option(...dirFlag)
    .option('--dry-run', 'show the plan without applying it')
    .option('--yes', 'skip the confirmation')
    .addHelpText(
      'after',
      `\nThe secret changes in all files that use it. The database password also changes in the database, running or stopped.\n${examples(
        'proto-scaffold config rotate api.secret_key',
        'proto-scaffold config rotate --dry-run database.password',
      )}`,
    )
    .action(
      run<Partial<ConfigRotateOptions>>(async (context, options, [key = '']) => {
        const { configRotate } = await import('../commands/config-rotate.ts');
        return configRotate(context, { dryRun: false, yes: false, ...options, key });
      }),
    );
}
