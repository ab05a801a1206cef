import type { Context } from '../context.ts';
import { type Fault, UserError } from '../errors.ts';
import {
  type Installation,
  readBase,
  readCurrent,
  readLock,
} from '../installation/read-installation.ts';
import { loadTemplates } from '../release/load-templates.ts';
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
    templates: await loadTemplates(context, lock.hosting),
    hosting: lock.hosting,
    base,
    current: new Map([...current].map(([path, { text }]) => [path, text])),
  };
  return { input, config: readConfig(input) };
}

/** A search for longer texts than this in all that is printed would cost more than it could find. */
const longest = 16 * 1024;

/** Takes care that no secret of the configuration is printed, wherever else it stands. */
export function protectConfig({ reporter }: Context, { parameters }: Config): void {
  for (const { places } of parameters.filter(({ secret }) => secret)) {
    for (const standing of places.flatMap(({ current, vendor }) => [current, vendor])) {
      if (standing === undefined || standing.unset) continue;
      const texts = stringsIn(standing.value).filter(({ length }) => length <= longest);
      for (const text of texts) reporter.protect(text);
    }
  }
}

/** What the operator's files make of the platform now. */
export interface Site extends LoadedConfig {
  /** The host name under which people reach it; `undefined` while it is not set. */
  readonly url: string | undefined;
  readonly installation: Installation;
}

/** Reads the configuration as it is now, and takes care that none of its secrets is printed. */
export async function readSite(context: Context, folder: string): Promise<Site> {
  const base = await readBase(folder);
  const current = await readCurrent(folder, [...base.keys()]);
  const installation = { folder, lock: await readLock(folder), base, current };
  const loaded = await loadConfig(context, installation);
  protectConfig(context, loaded.config);
  const url = siteValues(loaded.input.templates, loaded.input.current).get('YOUR_URL');
  return { ...loaded, url, installation };
}

/**
 * A platform that would start without a mandatory value would fail later, and less clearly.
 * @throws UserError VALUES_UNSET with every place; CONFIG_UNREADABLE for a file that is no TOML, or not there
 */
export function refuseUnset({ config }: Pick<Site, 'config'>): void {
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
  throw new UserError('VALUES_UNSET', message, { faults });
}
