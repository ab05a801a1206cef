import type { Context } from '../context.ts';
import type { Installation } from '../installation/read-installation.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { stringsIn } from '../toml/value-text.ts';
import { type Config, readConfig } from './parameters.ts';
import type { PlanConfigInput } from './plan-config.ts';

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
