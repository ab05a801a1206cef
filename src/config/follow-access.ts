import { withNetworks } from '../compose/pg-hba.ts';
import { allowedNow, presentSite } from '../nginx/site.ts';
import { hbaFile } from '../release/layout.ts';
import { databaseOf } from '../release/release.ts';
import { siteValues } from '../values/site-values.ts';
import type { PlanConfigInput } from './parameters.ts';

/** The file from which the other two are generated, with hybrid hosting. */
export const accessFile = 'backend/config/access.toml';

/**
 * The new pg_hba.conf after a configuration change, because PostgreSQL does not read access.toml.
 * @param after all texts after the change
 * @returns `undefined` if it does not change, or the networks are invalid
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

/** What else depends on access.toml: the certificate contains the host name, nginx contains it and the networks. */
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

/** Whether a change leaves only networks of IPv6, which Docker's networks do not carry by default. */
export function leavesOnlyIpv6(
  { templates, hosting, current }: PlanConfigInput,
  after: ReadonlyMap<string, string>,
): boolean {
  if (hosting !== 'hybrid') return false;
  const [before, now] = [current, after].map(
    (texts) => allowedNow(siteValues(templates, texts)) ?? [],
  );
  const isNew = String(before) !== String(now);
  return isNew && now?.length !== 0 && now?.every((network) => network.includes(':')) === true;
}
