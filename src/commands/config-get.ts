import { placesIn, readKey, requireParameter, valueIn } from '../config/find-parameter.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { openInstallation } from '../open/open-installation.ts';
import { kindOf, valueData, valuePlain } from '../toml/value-text.ts';

export interface ConfigGetOptions {
  readonly key: string;
  readonly dir?: string;
  readonly file?: string;
  /** Also print secrets. */
  readonly reveal: boolean;
}

/** Prints only the value of one parameter to stdout, for scripts. */
export async function configGet(context: Context, options: ConfigGetOptions): Promise<number> {
  const names = readKey(options.key);
  const { dir, reveal: reveals } = options;
  const open = { dir, command: 'proto-scaffold config get', changes: false, reveals };
  await using installation = await openInstallation(context, open);
  const { config } = await loadConfig(context, installation);
  const parameter = requireParameter(config, names);
  const places = placesIn(parameter, options.file);
  const value = valueIn(parameter, places, options.reveal);
  context.reporter.exact(valuePlain(value));
  context.reporter.result({
    key: parameter.key,
    value: valueData(value),
    type: kindOf(value),
    secret: parameter.secret,
    files: places.flatMap(({ file, current }) => (current ? [{ file, line: current.line }] : [])),
  });
  return ExitCode.done;
}
