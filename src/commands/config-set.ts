import { changeConfig } from '../config/change-config.ts';
import { readKey } from '../config/find-parameter.ts';
import { loadConfig, protectConfig } from '../config/load-config.ts';
import { readNewValue } from '../config/new-value.ts';
import { planAdd, planSet } from '../config/plan-config.ts';
import { findTarget } from '../config/target.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { openInstallation } from '../open/open-installation.ts';
import type { TomlValue } from '../toml/value.ts';

export interface ConfigSetOptions {
  readonly key: string;
  /** Never a secret. If absent, the program prompts for the value or reads it from stdin. */
  readonly value?: string;
  readonly dir?: string;
  readonly file?: string;
  readonly add: boolean;
  /** Parse the value as TOML. */
  readonly toml: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Sets a parameter in the files of all services that use it. */
export async function configSet(context: Context, options: ConfigSetOptions): Promise<number> {
  const { dir, dryRun, value: given, toml: literal } = options;
  const wanted = { names: readKey(options.key), file: options.file, add: options.add };
  const command = 'proto-scaffold config set';
  // Read the value first, so that the installation is not locked while the operator looks for it.
  const value = await newValue();
  await using installation = await openInstallation(context, { dir, command, changes: !dryRun });
  const { input, config } = await loadConfig(context, installation);
  protectConfig(context, config);
  const target = findTarget(input, config, wanted);
  const computed =
    target.kind === 'new'
      ? planAdd(input, target.file, target.names, value)
      : planSet(input, target.parameter, target.places, value);
  const parameter = target.kind === 'new' ? undefined : target.parameter;
  await changeConfig(context, installation, input, computed, parameter, options);
  return ExitCode.done;

  async function newValue(): Promise<TomlValue> {
    await using found = await openInstallation(context, { dir, command, changes: false });
    const { input, config } = await loadConfig(context, found);
    protectConfig(context, config);
    const target = findTarget(input, config, wanted);
    return await readNewValue(context, target, { given, literal });
  }
}
