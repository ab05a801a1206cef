import * as z from 'zod';
import type { BundleDescription, Release, Role, ServiceDescription } from './release-schema.ts';

/** The description of a release, as `templates/release.yml` gives it. The comments there say what each key means. */

export type {
  BundleDescription,
  Release,
  Role,
  ServiceDescription,
  ValueDescription,
} from './release-schema.ts';

export const Hosting = z.enum(['on-premise', 'hybrid']);
export type Hosting = z.infer<typeof Hosting>;

/** What an own certificate is made of: that of the CA and of the host, each with its private key; PEM texts. */
export const CertificatePart = z.enum(['ca_key', 'ca_certificate', 'key', 'certificate']);
export type CertificatePart = z.infer<typeof CertificatePart>;

/** A template set: `release.yml` and the templates beside it, by path below `templates/`. */
export interface TemplateSet {
  readonly release: Release;
  /** Text by path, `/` between the parts, without release.yml; in the order of the paths. */
  readonly files: ReadonlyMap<string, string>;
  /** What is known of its TOML files by path, where that was found out when the program was built. */
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

/** A service as this kind of hosting has it. */
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

/** The service with this role, where this kind of hosting has one. */
export function serviceWithRole(
  release: Release,
  hosting: Hosting,
  role: Role,
): [string, ServiceDescription] | undefined {
  return servicesOf(release, hosting).find(([, service]) => service.role === role);
}

/** How PostgreSQL's image is told whom and what to make (https://hub.docker.com/_/postgres). */
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

/** A template set as plain JSON, with all that is known of it before any value is: dist/templates.json. */
export interface ReadyTemplates {
  readonly release: Release;
  readonly files: Readonly<Record<string, string>>;
  readonly known: Readonly<Record<string, KnownToml>>;
  readonly schemas: Readonly<Record<string, string>>;
}

/** What a TOML template is before any value is put into it. */
export interface KnownToml {
  /** Its strings with placeholders, in order. */
  readonly strings: readonly {
    /** Where it stands, as offsets. */
    readonly range: readonly [number, number];
    readonly key: readonly string[];
    readonly value: string;
  }[];
  /** Its structure, as `structureOf` gives it. */
  readonly structure: string;
}
