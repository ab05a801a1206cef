import { isAlias, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { wildYaml } from '../lib/text/text-limits.ts';

/** The names of the operator's own file. Compose takes the first that exists (compose-go, `DefaultOverrideFileNames`). */
export const overrideNames = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** The operator's own Compose file. */
export interface OverrideFile {
  /** In backend/. */
  readonly name: string;
  readonly text: string;
}

/** A service that the override file extends and that is being removed. */
export interface LostService {
  readonly service: string;
  /** Its line in the override file, from 1. */
  readonly line: number;
}

/**
 * The services that docker-compose.override.yml extends and that docker-compose.yml has now, but not
 * after the update. Services that only the override file defines are ignored.
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

/** The services in an override file. */
export interface OverrideServices {
  /** Services that are not in docker-compose.yml and have no image or build of their own. */
  readonly strange: readonly LostService[];
  /** Services that are in docker-compose.yml. */
  readonly known: readonly string[];
}

/** Services of the override file that cannot work, usually because of a misspelled name. */
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

/** Names and lines of the services in a Compose file; empty if it cannot be parsed. */
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
 * A valid service name (compose-spec.json, `services`). Compose itself rejects any other key, and any key without a
 * mapping. Such a key may be a misplaced value, even a secret, so it is never shown.
 */
function isName(key: unknown): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(String(key));
}

/** A text that must not be parsed counts as empty. Compose itself rejects it. */
function withinLimits(text: string): string {
  return wildYaml(text) === undefined ? text : '';
}
