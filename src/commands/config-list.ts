import { chosenParameters, parameterData, parameterLines } from '../config/list-parameters.ts';
import { loadConfig, protectConfig } from '../config/load-config.ts';
import { isMissing, type Parameter } from '../config/parameters.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { openInstallation } from '../open/open-installation.ts';
import { faultLine } from '../reporter.ts';

export interface ConfigListOptions {
  readonly dir?: string;
  /** Only parameters that are not set. */
  readonly unset: boolean;
  /** Only parameters that differ from the release. */
  readonly changed: boolean;
}

/** Lists every parameter of the installation, one per line. A file that cannot be read is reported and skipped. */
export async function configList(context: Context, options: ConfigListOptions): Promise<number> {
  const { reporter } = context;
  const open = { dir: options.dir, command: 'proto-scaffold config list', changes: false };
  await using installation = await openInstallation(context, open);
  const { config } = await loadConfig(context, installation);
  protectConfig(context, config);
  const chosen = chosenParameters(config.parameters, options);
  for (const line of parameterLines(chosen)) reporter.line(line);
  if (chosen.length === 0) reporter.line(nothing(options));
  if (!options.unset && !options.changed) {
    reporter.step('');
    reporter.step(summary(chosen));
  }
  for (const fault of config.faults) reporter.notice(`${faultLine(fault)}; the file is skipped.`);
  reporter.result({
    installation: installation.folder,
    release: installation.lock.release,
    parameters: chosen.map(parameterData),
    faults: config.faults,
  });
  return ExitCode.done;
}

function summary(parameters: readonly Parameter[]): string {
  const missing = parameters.filter(isMissing).length;
  const differ = parameters.filter(({ states }) => states.has('differs')).length;
  const parts = [
    ...(missing > 0 ? [`${missing} mandatory and not set, so the platform does not start`] : []),
    ...(differ > 0 ? [`${differ} differ between files`] : []),
  ];
  return `${parameters.length} parameters${parts.length > 0 ? `; ${parts.join('; ')}` : ''}.`;
}

function nothing({ unset, changed }: ConfigListOptions): string {
  const what = [...(unset ? ['is unset'] : []), ...(changed ? ['was changed'] : [])];
  return what.length === 0 ? 'There are no parameters.' : `Nothing ${what.join(' or ')}.`;
}
