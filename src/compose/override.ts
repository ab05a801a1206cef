import { isAlias, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { wildYaml } from '../lib/text/text-limits.ts';

/** A service that the override file names and that is going away. */
export interface LostService {
  readonly service: string;
  /** Its line in the override file, from 1. */
  readonly line: number;
}

/**
 * The services that docker-compose.override.yml extends, that docker-compose.yml has now, and would not have
 * after the update. Services of the override file's own are none of our business.
 */
export function servicesOfOverride(
  override: string,
  before: string | undefined,
  after: string | undefined,
): LostService[] {
  const had = serviceLines(before ?? '');
  const has = serviceLines(after ?? '');
  return [...serviceLines(override)]
    .filter(([service]) => had.has(service) && !has.has(service))
    .map(([service, line]) => ({ service, line }));
}

/** What an override file says of services. */
export interface OverrideServices {
  /** Those that docker-compose.yml does not have, without an image or a build of their own. */
  readonly strange: readonly LostService[];
  /** Those that docker-compose.yml has. */
  readonly known: readonly string[];
}

/** Services of the override file that nothing can come of: misspelt ones, most of the time. */
export function unknownServices(override: string, compose: string): OverrideServices {
  const known = [...serviceLines(compose).keys()];
  const document = parseDocument(withinLimits(override), {
    uniqueKeys: false,
    prettyErrors: false,
  });
  const standsAlone = (service: string) =>
    ['image', 'build', 'extends'].some((key) => document.hasIn(['services', service, key]));
  const strange = [...serviceLines(override)]
    .filter(([service]) => !known.includes(service) && !standsAlone(service))
    .map(([service, line]) => ({ service, line }));
  return { strange, known };
}

/** Names and lines of the services in a Compose file; none where it cannot be read. */
function serviceLines(text: string): Map<string, number> {
  const lineCounter = new LineCounter();
  const services = parseDocument(withinLimits(text), {
    lineCounter,
    uniqueKeys: false,
    prettyErrors: false,
  }).get('services');
  if (!isMap(services)) return new Map();
  return new Map(
    services.items.flatMap(({ key, value }) => {
      if (!isScalar(key) || !isName(key.value) || !(isMap(value) || isAlias(value))) return [];
      return [[String(key.value), lineCounter.linePos(key.range?.[0] ?? 0).line] as const];
    }),
  );
}

/**
 * What Compose takes for the name of a service (compose-spec.json, `services`). Anything else, or what has no mapping, is
 * refused by Compose itself, and may be a value that slipped out of its place: a secret, which is not to be told.
 */
function isName(key: unknown): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(String(key));
}

/** Of what is not to be parsed nothing is known; Compose itself refuses it. */
function withinLimits(text: string): string {
  return wildYaml(text) === undefined ? text : '';
}
