import type { PlanConfigInput } from '../../src/config/parameters.ts';
import { type Config, type Parameter, readConfig } from '../../src/config/parameters.ts';
import { templatesFor } from '../../src/release/release.ts';
import { edited, type Installed, installed, type ReleaseName, release } from './releases.ts';

export const platform = 'backend/config/platform.toml';
export const chatbot = 'backend/config/chatbot.toml';
export const msgrouter = 'backend/config/msgrouter_ws.toml';

/** What `config` reads of an installation in memory, with the templates of a release. */
export function configInput(
  { lock: { hosting }, base, current }: Installed,
  templates: ReleaseName = '2026.11.0',
): PlanConfigInput {
  return {
    installation: '/srv/proto',
    hosting,
    templates: templatesFor(release(templates), hosting),
    base,
    current,
  };
}

/** An installation after edits, each a file, what stands in it, and what takes its place. */
export function afterEdits(
  edits: readonly (readonly [file: string, from: string | RegExp, to: string])[],
  values: Record<string, string> = {},
): PlanConfigInput {
  return configInput(
    edits.reduce(
      (before, [file, from, to]) => edited(before, file, (text) => text.replace(from, () => to)),
      installed('2026.11.0', values),
    ),
  );
}

export function parameterOf(source: PlanConfigInput | Config, key: string): Parameter {
  const { parameters } = 'parameters' in source ? source : readConfig(source);
  const found = parameters.find((parameter) => parameter.key === key);
  if (found === undefined) throw new Error(`no parameter ${key}`);
  return found;
}
