import { Argument, type Command } from 'commander';
import { commandsOf, shapeOf } from './help.ts';
import { examples, type Runner } from './shared.ts';

/** `completion`, and the hidden command that its scripts call when the user presses Tab. */
export function addCompletion(root: Command, run: Runner): void {
  root
    .command('completion')
    .description('print a shell completion script for commands, flags, services and keys')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `\nTo load it in every session, add it to ~/.bashrc, ~/.zshrc (after compinit) or ~/.config/fish/completions/proto-scaffold.fish.\n${examples(
        'source <(proto-scaffold completion bash)',
        'proto-scaffold completion bash | sudo tee /etc/bash_completion.d/proto-scaffold',
        'proto-scaffold completion fish >~/.config/fish/completions/proto-scaffold.fish',
      )}`,
    )
    .action(
      run(async (context, _options, [shell = '']) => {
        const { completion } = await import('../commands/completion.ts');
        return completion(shell, context.write);
      }),
    );

  root.command('complete [words...]', { hidden: true }).action(
    run(async (context, _options, words) => {
      const { complete } = await import('../commands/complete.ts');
      return complete(context, commandsOf(root).map(shapeOf), words);
    }),
  );
}
