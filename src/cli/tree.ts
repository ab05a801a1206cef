import { Command } from 'commander';
import { addBackup } from './backup.ts';
import { addCheck } from './check.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { addHistory } from './history.ts';
import { addHybrid } from './hybrid.ts';
import { addInit } from './init.ts';
import { addLogin } from './login.ts';
import { addNginx } from './nginx.ts';
import { addPlatform } from './platform.ts';
import { examples, type Runner } from './shared.ts';
import { addUninstall } from './uninstall.ts';
import { addUpdate } from './update.ts';

/**
 * The commander tree: of what the program does, of `--help`, of docs/commands.md and of the man page.
 * @param version of this program
 */
export function commandTree(version: string, run: Runner): Command {
  const root = new Command('proto-scaffold')
    .description('Installs and updates a self-hosted Proto AICX platform.')
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText(
      'after',
      examples('proto-scaffold init', 'proto-scaffold check', 'proto-scaffold update --help'),
    );
  // In the order in which --help lists them.
  for (const add of [
    addInit,
    addCheck,
    addUpdate,
    addHistory,
    addBackup,
    addPlatform,
    addLogin,
    addConfig,
    addNginx,
    addHybrid,
    addUninstall,
    addCompletion,
  ])
    add(root, run);
  return root;
}
