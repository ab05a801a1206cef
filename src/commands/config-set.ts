import { changeConfig } from '../config/change-config.ts';
import { readKey } from '../config/find-parameter.ts';
import { loadConfig, protectConfig } from '../config/load-config.ts';
import { readNewValue } from '../config/new-value.ts';
import { planAdd, planSet } from '../config/plan-config.ts';
import { findTarget } from '../config/target.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { withInstallation } from '../installation/open-installation.ts';

export interface ConfigSetOptions {
  readonly key: string;
  /** Never a secret; absent, it is asked for or read from stdin. */
  readonly value?: string;
  readonly dir?: string;
  readonly file?: string;
  readonly add: boolean;
  /** The value is TOML. */
  readonly toml: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Gives a parameter a value, in the files of all services that have it. */
export async function configSet(
  context: Context,
  options: ConfigSetOptions,
  stdin: NodeJS.ReadStream,
): Promise<number> {
  const { dir, dryRun, value: given, toml: literal } = options;
  const wanted = { names: readKey(options.key), file: options.file, add: options.add };
  const command = 'proto-scaffold config set';
  // The value comes first: nobody else is kept waiting while the operator looks for it.
  const value = await withInstallation(context, { dir, command, changes: false }, async (found) => {
    const { input, config } = await loadConfig(context, found);
    protectConfig(context, config);
    return readNewValue(context, findTarget(input, config, wanted), { given, literal }, stdin);
  });
  await withInstallation(context, { dir, command, changes: !dryRun }, async (found) => {
    const { input, config } = await loadConfig(context, found);
    protectConfig(context, config);
    const target = findTarget(input, config, wanted);
    if (target.kind === 'new') {
      const computed = planAdd(input, target.file, target.names, value);
      return changeConfig(context, found, input, computed, undefined, options);
    }
    const { parameter, places } = target;
    const computed = planSet(input, parameter, places, value);
    return changeConfig(context, found, input, computed, parameter, options);
  });
  return ExitCode.done;
}
