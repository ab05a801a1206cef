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
    'make an installation: files, pinned images, registry login; starts nothing',
  )
    .option('--credentials <file>', "the vendor's credentials file", 'proto_credentials.json')
    .option('--values <file>', 'values for the placeholders, TOML or JSON')
    .option('--url <url>', 'host name under which people reach the platform')
    .option('--release <tag>', 'release to install, instead of the one in the credentials')
    .option('--dry-run', 'show the plan and end; asks no server')
    .option('--pull', 'pull the images too (needs a running Docker Engine)')
    .option(...ignoreFlag)
    .option('--yes', 'do not ask for a go')
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
    .option(
      '--helper',
      "have Docker fetch a fresh token at every pull, through Docker's credential helpers",
    )
    .addHelpText('after', examples('proto-scaffold login', 'proto-scaffold login --helper'))
    .action(
      run<Partial<LoginOptions>>(async (context, options) => {
        const { login } = await import('../commands/login.ts');
        return login(context, { helper: false, ...options });
      }),
    );
}

export function addUninstall(root: Command, run: Runner): void {
  command(root, 'uninstall', 'remove the installation from this host; data stays without --data')
    .option(...dirFlag)
    .option(
      '--data',
      'remove the data for good, too: volumes, configuration, backups in the folder',
    )
    .option(
      '--name <name>',
      "with --data, without a terminal: the name of the installation's folder",
    )
    .option('--dry-run', 'show the plan and end')
    .option('--yes', 'do not ask for a go; with --data only together with --name')
    .addHelpText(
      'after',
      `\nWithout --data the folder is moved aside, and the volumes stay: all can be had again.\n${examples(
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
