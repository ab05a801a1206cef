import { Argument, type Command } from 'commander';
import { commandsOf, shapeOf } from './help.ts';
import { examples, type Runner } from './shared.ts';

/** `completion`, and the hidden command that its scripts call at each press of the tab key. */
export function addCompletion(root: Command, run: Runner): void {
  root
    .command('completion')
    .description('print the script by which a shell completes commands, flags, services, keys')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `\nFor good: into ~/.bashrc, ~/.zshrc (below compinit), ~/.config/fish/completions/proto-scaffold.fish.\n${examples(
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
