import packageJson from '../../package.json' with { type: 'json' };
import { commandsOf, pathOf } from './help.ts';
import { readyWidth } from './ready-answer.ts';
import { commandTree } from './tree.ts';

/**
 * What ready-answer.ts gives, made at build time from the commander tree: the text that commander prints, by the words
 * behind the program's name (`--version`, `--help`, `config set --help`).
 */
export function answers(): Record<string, string> {
  const { version } = packageJson;
  const all: Record<string, string> = { '--version': `${version}\n` };
  for (const command of commandsOf(commandTree(version, () => async () => {}))) {
    let text = '';
    command.configureOutput({
      getOutHelpWidth: () => readyWidth,
      getOutHasColors: () => false,
      writeOut: (part) => {
        text += part;
      },
    });
    command.outputHelp();
    all[`${pathOf(command)} --help`.trimStart()] = text;
  }
  return all;
}
