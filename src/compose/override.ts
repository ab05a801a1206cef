import { normalize } from 'node:path';
import { servicesIn, type TextService } from './compose-text.ts';

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

/** A service that the override file names. */
export interface LostService {
  readonly service: string;
  /** The line in the override file, from 1. */
  readonly line: number;
}

/**
 * The services that docker-compose.override.yml changes or `extends`, and that docker-compose.yml has now, but not after
 * the update. What else refers to them, Compose itself can be asked about.
 */
export function servicesOfOverride(
  override: string,
  before: string | undefined,
  after: string | undefined,
): LostService[] {
  const had = servicesIn(before ?? '');
  const has = servicesIn(after ?? '');
  return extended(override)
    .flatMap(([name, { line, settings }]) =>
      [name, ...extendedBy(settings)].map((service) => ({ service, line })),
    )
    .filter(({ service }) => had.has(service) && !has.has(service));
}

/** The service of docker-compose.yml that a service extends, by the name of the file. */
function extendedBy(settings: TextService['settings']): string[] {
  const { file, service } = Object(settings.extends) as { file?: unknown; service?: unknown };
  const isOurs = typeof file === 'string' && normalize(file) === 'docker-compose.yml';
  return isOurs && typeof service === 'string' ? [service] : [];
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
  const known = servicesIn(compose);
  const strange = extended(override)
    .filter(([service, { settings }]) => !known.has(service) && !standsAlone(settings))
    .map(([service, { line }]) => ({ service, line }));
  return { strange, known: [...known.keys()] };
}

function standsAlone(settings: TextService['settings']): boolean {
  return ['image', 'build', 'extends'].some((key) => settings[key] !== undefined);
}

/** The services of an override file, without those that it removes. */
function extended(override: string): [string, TextService][] {
  return [...servicesIn(override)].filter(([, { tags }]) => tags.get('') !== '!reset');
}
