import type { Rename } from '../merge/renames.ts';
import type { TomlPath } from '../toml/document.ts';
import { parseDottedKey } from '../toml/dotted-key.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import type { Hosting } from './hosting.ts';
import { configFolder, secretsFolder } from './layout.ts';
import type {
  BundleDescription,
  ParameterForm,
  Release,
  Role,
  ServiceDescription,
} from './release-schema.ts';

/** The description of a release, from `templates/release.yml`. The comments there explain each key. */

export type {
  BundleDescription,
  ParameterForm,
  Release,
  Role,
  ServiceDescription,
  ValueDescription,
} from './release-schema.ts';

/** A template set: `release.yml` and the templates next to it, by path below `templates/`. */
export interface TemplateSet {
  readonly release: Release;
  /** Text by path, `/` between the parts, without release.yml; in the order of the paths. */
  readonly files: ReadonlyMap<string, string>;
  /** Facts about its TOML files by path, if they were computed at build time. */
  readonly known?: ReadonlyMap<string, KnownToml>;
  /** Their schemas, likewise. */
  readonly schemas?: ReadonlyMap<string, string>;
}

/** The services that this kind of hosting has, in the order of the release description. */
export function servicesOf(release: Release, hosting: Hosting): [string, ServiceDescription][] {
  return Object.entries(release.services)
    .filter(([, s]) => s.hosting.includes(hosting))
    .map(([name, service]) => [name, serviceIn(service, hosting)]);
}

/** A service for this kind of hosting. */
function serviceIn({ hybrid, ...service }: ServiceDescription, hosting: Hosting) {
  if (hosting !== 'hybrid' || hybrid === undefined) return service;
  return {
    ...service,
    ...hybrid,
    environment: { ...service.environment, ...hybrid.environment },
    secrets: [...service.secrets, ...(hybrid.secrets ?? [])],
  } as ServiceDescription;
}

/** The static bundles that this kind of hosting has, by repository. */
export function bundlesOf(release: Release, hosting: Hosting): [string, BundleDescription][] {
  return Object.entries(release.bundles).filter(([, b]) => b.hosting.includes(hosting));
}

/** The service with this role, if this kind of hosting has one. */
export function serviceWithRole(
  release: Release,
  hosting: Hosting,
  role: Role,
): [string, ServiceDescription] | undefined {
  return servicesOf(release, hosting).find(([, service]) => service.role === role);
}

/** The variables that tell PostgreSQL's image which user and database to create (https://hub.docker.com/_/postgres). */
export const databaseKeys = { user: 'POSTGRES_USER', name: 'POSTGRES_DB' } as const;

/** The database: its service, the user that owns it, and its name. */
export function databaseOf(
  release: Release,
  hosting: Hosting,
): { service: string; user: string; name: string } | undefined {
  const found = serviceWithRole(release, hosting, 'database');
  if (found === undefined) return undefined;
  const [service, { environment }] = found;
  const [user = '', name = ''] = Object.values(databaseKeys).map((key) => environment[key]);
  return { service, user, name };
}

/** A template set as plain JSON, with everything that is known about it without values: dist/templates.json. */
export interface ReadyTemplates {
  readonly release: Release;
  readonly files: Readonly<Record<string, string>>;
  readonly known: Readonly<Record<string, KnownToml>>;
  readonly schemas: Readonly<Record<string, string>>;
}

export function fromReady({ release, files, known, schemas }: ReadyTemplates): TemplateSet {
  return {
    release,
    files: new Map(Object.entries(files)),
    known: new Map(Object.entries(known)),
    schemas: new Map(Object.entries(schemas)),
  };
}

/** A TOML template before values are inserted. */
export interface KnownToml {
  /** Its strings with placeholders, in order. */
  readonly strings: readonly {
    /** Its position, as offsets. */
    readonly range: readonly [number, number];
    readonly key: readonly string[];
    readonly value: string;
  }[];
  /** Its structure, from `structureOf`. */
  readonly structure: string;
}

/**
 * The keys and tables of one file that a release renamed, as it lists them. It also lists the renames of earlier releases, so
 * they form chains.
 */
export function renamesOf(file: string, { renames }: Pick<Release, 'renames'>): Rename[] {
  return renames
    .filter((rename) => rename.file === file)
    .flatMap((rename) => {
      const [from, to] = [parseDottedKey(rename.from), parseDottedKey(rename.to)];
      return from === undefined || to === undefined ? [] : [{ from, to }];
    });
}

/** The form that the release gives the value of a key. The elements of an array of tables share one. */
export function formOf(
  { parameters = {} }: Partial<Pick<Release, 'parameters'>>,
  path: TomlPath,
): ParameterForm | undefined {
  const key = tomlDottedKey(path.filter((step) => typeof step === 'string'));
  return Object.hasOwn(parameters, key) ? parameters[key] : undefined;
}

/**
 * The template set for one kind of hosting: its values, bundles, services and files, each service with its overrides
 * for that kind. Idempotent.
 */
export function templatesFor(templates: TemplateSet, hosting: Hosting): TemplateSet {
  const { release, files } = templates;
  return {
    ...templates,
    release: releaseFor(release, hosting),
    files: new Map([...files].filter(([path]) => isPresent(path, release, hosting))),
  };
}

export function releaseFor(release: Release, hosting: Hosting): Release {
  const values = Object.entries(release.values)
    .filter(([, { hosting: kinds }]) => kinds.includes(hosting))
    .map(([name, value]) => [name, hosting === 'hybrid' ? { ...value, ...value.hybrid } : value]);
  return {
    ...release,
    values: Object.fromEntries(values),
    bundles: Object.fromEntries(bundlesOf(release, hosting)),
    services: Object.fromEntries(servicesOf(release, hosting)),
  };
}

/** A config or secrets file exists if one of its services does. The release decides for any other file. */
function isPresent(path: string, release: Release, hosting: Hosting): boolean {
  const said = Object.hasOwn(release.files, path) ? release.files[path] : undefined;
  if (said !== undefined) return said.hosting.includes(hosting);
  const owners = Object.entries(release.services).filter(([, service]) =>
    [
      `${configFolder}/${service.config}`,
      ...[...service.secrets, ...(service.hybrid?.secrets ?? [])].map(
        (secret) => `${secretsFolder}/${secret}`,
      ),
    ].includes(path),
  );
  const present = new Set(servicesOf(release, hosting).map(([name]) => name));
  return owners.length === 0 || owners.some(([name]) => present.has(name));
}
