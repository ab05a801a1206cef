import { changeConfig } from '../config/change-config.ts';
import { placesIn, readKey, refuseUnreadable, requireParameter } from '../config/find-parameter.ts';
import { loadConfig, protectConfig } from '../config/load-config.ts';
import { planUnset } from '../config/plan-config.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { openInstallation } from '../open/open-installation.ts';

export interface ConfigUnsetOptions {
  readonly key: string;
  readonly dir?: string;
  readonly file?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Undoes the operator's change of a parameter: restores the release's value or the placeholder. */
export async function configUnset(context: Context, options: ConfigUnsetOptions): Promise<number> {
  const names = readKey(options.key);
  const open = {
    dir: options.dir,
    command: 'proto-scaffold config unset',
    changes: !options.dryRun,
  };
  await using installation = await openInstallation(context, open);
  const { input, config } = await loadConfig(context, installation);
  protectConfig(context, config);
  const parameter = requireParameter(config, names);
  const places = placesIn(parameter, options.file);
  refuseUnreadable(places);
  const computed = planUnset(input, parameter, places);
  await changeConfig(context, installation, input, computed, parameter, options);
  return ExitCode.done;
}
