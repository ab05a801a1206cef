import type { Command } from 'commander';
import { addBackup } from './backup.ts';
import { addCheck } from './check.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { addInit, addLogin, addUninstall } from './init.ts';
import { addHybrid, addNginx } from './nginx.ts';
import { addPlatform } from './platform.ts';
import { examples, type Outputs, type Runner, rootCommand } from './shared.ts';
import { addHistory, addUpdate } from './update.ts';

/** The functions that add commands to the tree, with the names of the commands, in the order of --help. */
const groups = [
  { add: addInit, names: ['init'] },
  { add: addCheck, names: ['check'] },
  { add: addUpdate, names: ['update'] },
  { add: addHistory, names: ['history', 'rollback', 'adopt'] },
  { add: addBackup, names: ['backup', 'restore'] },
  { add: addPlatform, names: ['start', 'stop', 'restart', 'reload', 'status', 'logs', 'psql'] },
  { add: addLogin, names: ['login'] },
  { add: addConfig, names: ['config'] },
  { add: addNginx, names: ['nginx'] },
  { add: addHybrid, names: ['connection', 'certificate'] },
  { add: addUninstall, names: ['uninstall'] },
  // `complete` needs all the other commands.
  { add: addCompletion, names: ['completion'] },
];

/** For callers that only read the tree. */
const silent: Outputs = { stdout: { write() {} }, stderr: { write() {} } };

/**
 * The commander tree, the source of the commands, `--help`, docs/reference/commands.md and the man page.
 * @param version of this program
 * @param first the first argument: if it is a command, only the commands of its group are created
 */
export function commandTree(
  version: string,
  run: Runner,
  first = '',
  outputs: Outputs = silent,
): Command {
  const root = rootCommand('proto-scaffold', version, outputs)
    .description('Installs and updates a self-hosted Proto AICX platform.')
    .addHelpText(
      'after',
      examples('proto-scaffold init', 'proto-scaffold check', 'proto-scaffold update --help'),
    );
  const asked = groups.filter(({ names }) => names.includes(first));
  for (const { add } of asked.length > 0 ? asked : groups) add(root, run);
  return root;
}
