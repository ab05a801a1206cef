import packageJson from '../../package.json' with { type: 'json' };
import { commandsOf, pathOf } from './help.ts';
import { readyWidth } from './ready-answer.ts';
import { commandTree } from './tree.ts';

/**
 * The answers that ready-answer.ts returns, generated from the commander tree at build time: the text that commander
 * prints, by the arguments of the program (`--version`, `--help`, `config set --help`).
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
