import type { Command } from 'commander';
import type { LoginOptions } from '../commands/login.ts';
import { command, credentialsBesideFlag, examples, type Runner } from './shared.ts';

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
