import type { Command } from 'commander';
import { command, examples, ignoreFlag, type Runner } from './shared.ts';

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
