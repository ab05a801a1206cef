import type { Context } from '../context.ts';
import { type Fault, UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import {
  type Installation,
  readBase,
  readCurrent,
  readLock,
} from '../installation/read-installation.ts';
import { stringsIn } from '../toml/value-text.ts';
import { siteValues } from '../values/site-values.ts';
import type { PlanConfigInput } from './parameters.ts';
import { type Config, isMissing, readConfig } from './parameters.ts';

export interface LoadedConfig {
  readonly input: PlanConfigInput;
  readonly config: Config;
}

/** @throws UserError TEMPLATES_INVALID */
export async function loadConfig(
  context: Context,
  { folder, lock, base, current }: Pick<Installation, 'folder' | 'lock' | 'base' | 'current'>,
): Promise<LoadedConfig> {
  const input = {
    installation: folder,
    templates: await installedTemplates(context, folder, lock),
    hosting: lock.hosting,
    base,
    current: new Map([...current].map(([path, { text }]) => [path, text])),
  };
  return { input, config: readConfig(input) };
}

/** Searching all output for longer texts would cost more than it is worth. */
const longest = 16 * 1024;

/** Makes sure that secrets of the configuration are never printed, wherever they occur. */
export function protectConfig({ reporter }: Context, { parameters }: Config): void {
  for (const { places } of parameters.filter(({ secret }) => secret)) {
    for (const standing of places.flatMap(({ current, vendor }) => [current, vendor])) {
      if (standing === undefined || standing.unset) continue;
      const texts = stringsIn(standing.value).filter(({ length }) => length <= longest);
      for (const text of texts) reporter.protect(text);
    }
  }
}

/** The platform according to the operator's current files. */
export interface Site extends LoadedConfig {
  /** Its public host name; `undefined` if it is not set. */
  readonly url: string | undefined;
  readonly installation: Installation;
}

/** Reads the current configuration, and makes sure that its secrets are never printed. */
export async function readSite(context: Context, folder: string): Promise<Site> {
  const lock = await readLock(folder);
  const { base } = await readBase(folder, lock);
  const current = await readCurrent(folder, [...base.keys()]);
  const installation = { folder, lock, base, current };
  const loaded = await loadConfig(context, installation);
  protectConfig(context, loaded.config);
  const url = siteValues(loaded.input.templates, loaded.input.current).get('YOUR_URL');
  return { ...loaded, url, installation };
}

/**
 * Stops if a mandatory value is not set. The platform would otherwise fail later, and less clearly.
 * @param hint for a command that does more than start the platform
 * @throws UserError VALUES_UNSET with every place; CONFIG_UNREADABLE for a file that is invalid TOML or missing
 */
export function refuseUnset({ config }: Pick<Site, 'config'>, hint?: string): void {
  if (config.faults.length > 0) {
    throw new UserError('CONFIG_UNREADABLE', 'Cannot read the configuration.', {
      hint: 'Fix the reported problem, then run this command again.',
      faults: config.faults,
    });
  }
  const faults = config.parameters.filter(isMissing).flatMap(({ key, places, placeholders }) =>
    places.flatMap(({ file, current }): Fault[] => {
      if (!current?.unset) return [];
      const about = placeholders.find(([, { mandatory }]) => mandatory)?.[1].about ?? '';
      return [{ file, line: current.line, key, message: `is not set: ${about}` }];
    }),
  );
  if (faults.length === 0) return;
  const message = 'The platform cannot start until all mandatory values are set.';
  throw new UserError('VALUES_UNSET', message, { faults, ...(hint !== undefined && { hint }) });
}
