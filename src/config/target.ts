import { UserError } from '../errors.ts';
import { formOf, type ParameterForm } from '../release/release.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import {
  findParameter,
  isFile,
  placesIn,
  refuseUnreadable,
  requireParameter,
} from './find-parameter.ts';
import type { Config, Parameter } from './parameters.ts';
import { type ConfigInput, configFiles, type Place } from './places.ts';

/** The target of `config set`. */
export type Target =
  | { readonly kind: 'parameter'; readonly parameter: Parameter; readonly places: readonly Place[] }
  /** A key that is not in any file. */
  | {
      readonly kind: 'new';
      readonly names: readonly string[];
      readonly file: string;
      /** The form that the release gives the key in other files. */
      readonly form?: ParameterForm;
    };

export interface TargetOptions {
  readonly names: readonly string[];
  /** The value of --file. */
  readonly file?: string | undefined;
  /** The key need not be known. */
  readonly add: boolean;
}

/**
 * A known parameter in all its files, or in the given file; with `add`, also a new one for the given file.
 * @throws UserError CONFIG_KEY_UNKNOWN, CONFIG_UNREADABLE; USAGE if `add` has no file
 */
export function findTarget(
  input: ConfigInput,
  config: Config,
  { names, file, add }: TargetOptions,
): Target {
  const known = add ? findParameter(config, names) : requireParameter(config, names);
  const has = known?.places.some((place) => file === undefined || isFile(place.file, file));
  if (known !== undefined && (has || !add)) {
    const places = placesIn(known, file);
    refuseUnreadable(places);
    return { kind: 'parameter', parameter: known, places };
  }
  if (file === undefined) {
    const message = 'A new key requires --file, because each service has its own file.';
    throw new UserError('USAGE', message, { hint: filesHint(input) });
  }
  const form = formOf(input.templates.release, names);
  return { kind: 'new', names, file: fileNamed(input, config, file), ...(form && { form }) };
}

/** @throws UserError CONFIG_KEY_UNKNOWN if no service has such a file; CONFIG_UNREADABLE */
function fileNamed(input: ConfigInput, { faults }: Config, named: string): string {
  const path = configFiles(input).find((candidate) => isFile(candidate, named));
  if (path === undefined) {
    throw new UserError(
      'CONFIG_KEY_UNKNOWN',
      'The file given with --file does not belong to any service.',
      {
        hint: filesHint(input),
      },
    );
  }
  const own = faults.filter((fault) => fault.file === path);
  if (own.length === 0) return path;
  throw new UserError('CONFIG_UNREADABLE', `Cannot read ${path}.`, { faults: own });
}

function filesHint(input: ConfigInput): string {
  return `The files are: ${configFiles(input)
    .map((path) => path.split('/').at(-1))
    .join(', ')}.`;
}

export function keyOf(target: Target): string {
  return target.kind === 'parameter' ? target.parameter.key : tomlDottedKey(target.names);
}
