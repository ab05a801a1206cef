import { withNetworks } from '../compose/pg-hba.ts';
import { allowedNow, presentSite } from '../nginx/site.ts';
import { hbaFile } from '../release/layout.ts';
import { databaseOf } from '../release/release.ts';
import { siteValues } from '../values/site-values.ts';
import type { PlanConfigInput } from './parameters.ts';

/** The one file that the other two are made from, with hybrid hosting. */
export const accessFile = 'backend/config/access.toml';

/**
 * What pg_hba.conf has to be once the configuration is changed: PostgreSQL does not read access.toml.
 * @param after all texts once the change is made
 * @returns `undefined` if it stays, or what is set are no networks
 */
export function hbaAfter(
  { templates, hosting, current }: PlanConfigInput,
  after: ReadonlyMap<string, string>,
): string | undefined {
  const before = current.get(hbaFile);
  const database = databaseOf(templates.release, hosting);
  const allowed = allowedNow(siteValues(templates, after));
  if (before === undefined || database === undefined || allowed === undefined) return undefined;
  const text = withNetworks(before, database, allowed);
  return text === before ? undefined : text;
}

export type DependentStep = 'certificate' | 'nginx';

/** What else is made from access.toml: the certificate is for the host name, nginx knows it and the networks. */
export function dependentSteps(
  { installation, templates, hosting, current }: PlanConfigInput,
  after: ReadonlyMap<string, string>,
): DependentStep[] {
  if (hosting !== 'hybrid') return [];
  const siteOf = (texts: ReadonlyMap<string, string>) =>
    presentSite(installation, siteValues(templates, texts), undefined);
  const [before, now] = [siteOf(current), siteOf(after)];
  if (before.url !== now.url) return ['certificate', 'nginx'];
  return String(before.allowed) === String(now.allowed) ? [] : ['nginx'];
}
