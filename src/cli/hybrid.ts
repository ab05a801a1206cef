import type { Command } from 'commander';
import { command, dirFlag, examples, type Runner } from './shared.ts';

/** The commands that hybrid hosting alone has: `connection`, `certificate`. */
export function addHybrid(root: Command, run: Runner): void {
  command(root, 'connection', 'print what the vendor needs to connect (hybrid hosting)')
    .option(...dirFlag)
    .option('--reveal', 'print passwords and keys, too')
    .addHelpText(
      'after',
      examples('proto-scaffold connection', 'proto-scaffold connection --reveal'),
    )
    .action(
      run<{ dir?: string; reveal?: boolean }>(async (context, { dir, reveal = false }) => {
        const { connection } = await import('../commands/connection.ts');
        return connection(context, { ...(dir && { dir }), reveal });
      }),
    );

  command(root, 'certificate', "show or renew this host's certificate (hybrid hosting)")
    .option(...dirFlag)
    .option('--renew', 'make a new one, for the present host name, signed by the own CA')
    .option('--dry-run', 'show the plan and end')
    .option('--new-ca', 'make a new CA, too: the vendor has to trust it before it is used')
    .addHelpText(
      'after',
      examples('proto-scaffold certificate', 'proto-scaffold certificate --renew'),
    )
    .action(
      run<{ dir?: string; renew?: boolean; newCa?: boolean; dryRun?: boolean }>(
        async (context, options) => {
          const { certificate } = await import('../commands/certificate.ts');
          const { dir, renew = false, newCa = false, dryRun = false } = options;
          return certificate(context, {
            ...(dir && { dir }),
            renew: renew || newCa,
            newCa,
            dryRun,
          });
        },
      ),
    );
}
