import type { Command } from 'commander';
import type { LoginOptions } from '../commands/login.ts';
import type { UninstallOptions } from '../commands/uninstall.ts';
import {
  command,
  credentialsBesideFlag,
  dirFlag,
  examples,
  ignoreFlag,
  type Runner,
} from './shared.ts';

interface InitFlags {
  readonly credentials: string;
  readonly values?: string;
  readonly url?: string;
  readonly release?: string;
  readonly dryRun?: boolean;
  readonly pull?: boolean;
  readonly yes?: boolean;
  readonly ignore: readonly string[];
}

export function addInit(root: Command, run: Runner): void {
  command(
    root,
    'init [dir]',
    'create an installation: files, pinned images, registry login; starts nothing',
  )
    .option('--credentials <file>', 'credentials file from the vendor', 'proto_credentials.json')
    .option('--values <file>', 'values for the placeholders (TOML or JSON)')
    .option('--url <url>', 'host name of the platform')
    .option('--release <tag>', 'release to install instead of the one in the credentials')
    .option('--dry-run', 'show the plan without applying it; contacts no server')
    .option('--pull', 'also pull the images (needs a running Docker Engine)')
    .option(...ignoreFlag)
    .option('--yes', 'skip the confirmation')
    .addHelpText(
      'after',
      examples('proto-scaffold init', 'proto-scaffold init /srv/proto --values values.toml --yes'),
    )
    .action(
      run<InitFlags>(async (context, options, [folder]) => {
        const { init } = await import('../commands/init.ts');
        const { dryRun = false, pull = false, yes = false, ...rest } = options;
        return init(context, { ...rest, folder: folder ?? 'proto', dryRun, pull, yes });
      }),
    );
}

export function addLogin(root: Command, run: Runner): void {
  command(root, 'login', 'log Docker in to the registry; a login lasts 12 hours')
    .option(...credentialsBesideFlag)
    .option('--helper', 'fetch a new token at every pull, through a Docker credential helper')
    .addHelpText('after', examples('proto-scaffold login', 'proto-scaffold login --helper'))
    .action(
      run<Partial<LoginOptions>>(async (context, options) => {
        const { login } = await import('../commands/login.ts');
        return login(context, { helper: false, ...options });
      }),
    );
}

export function addUninstall(root: Command, run: Runner): void {
  command(
    root,
    'uninstall',
    'remove the installation from this host; keeps the data unless you pass --data',
  )
    .option(...dirFlag)
    .option(
      '--data',
      'permanently delete the data too: volumes, configuration, backups in the folder',
    )
    .option(
      '--name <name>',
      'with --data and without a terminal: name of the installation folder, as confirmation',
    )
    .option('--dry-run', 'show the plan without applying it')
    .option('--yes', 'skip the confirmation; with --data, --name is required too')
    .addHelpText(
      'after',
      `\nWithout --data, the folder is renamed and the volumes are kept, so you can undo the command.\n${examples(
        'proto-scaffold uninstall --dry-run',
        'proto-scaffold uninstall --data --dry-run',
      )}`,
    )
    .action(
      run<Partial<UninstallOptions>>(async (context, options) => {
        const { uninstall } = await import('../commands/uninstall.ts');
        return uninstall(context, { data: false, dryRun: false, yes: false, ...options });
      }),
    );
}
