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
    .description('show and change the parameters in backend/config/*.toml, comments kept')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples('proto-scaffold config list --unset', 'proto-scaffold config get app.base_url'),
    );
  const oneFile = [
    '--file <config-file>',
    "only in this service's file, such as platform.toml",
  ] as const;

  command(config, 'list', 'list every parameter: value, and what is unset, changed or differs')
    .option(...dirFlag)
    .option('--unset', 'only those still to be set')
    .option('--changed', 'only those that are not as the release has them')
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

  command(config, 'get <key>', 'print the value of a parameter, and nothing else')
    .option(...dirFlag)
    .option(...oneFile)
    .option('--reveal', 'print a secret, too')
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

  command(config, 'set <key> [value]', 'set a parameter in the files of all services that have it')
    .option(...dirFlag)
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
        const { configSet } = await import('../commands/config-set.ts');
        const flags = { add: false, toml: false, dryRun: false, yes: false };
        const given = value === undefined ? {} : { value };
        return configSet(context, { ...flags, ...options, key, ...given });
      }),
    );

  command(config, 'unset <key>', "take your change back: the release's value stands again")
    .option(...dirFlag)
    .option(...oneFile)
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask before a secret is changed that the program made')
    .addHelpText(
      'after',
      `\nWhere nothing was given at init, the placeholder stands again. A key of your own is removed.\n${examples(
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
    'make a secret anew that the program made; says who is logged out and what to restart',
  )
    .option(...dirFlag)
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask for a go')
    .addHelpText(
      'after',
      `\nIn all files that have it. The password of the database is changed in the database, too, running or stopped.\n${examples(
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
