import type { Command } from 'commander';
import type { UninstallOptions } from '../commands/uninstall.ts';
import { command, dirFlag, examples, type Runner } from './shared.ts';

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
