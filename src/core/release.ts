import { z } from 'zod';
import { type Fault, UserError } from '../errors.ts';
import { documentFaults } from './document-faults.ts';
import { parseYaml } from './yaml-document.ts';

/**
 * The description of a release, as `templates/release.yml` gives it. The comments there say what
 * each key means; this schema is their only validator.
 */

export const Hosting = z.enum(['on-premise', 'hybrid']);
export type Hosting = z.infer<typeof Hosting>;

const placeholderName = /^YOUR_[A-Z0-9_]+$/;
const serviceName = /^[a-z][a-z0-9_-]*$/;
const version = z.string().regex(/^\d+(\.\d+)*$/, 'is not a version such as 24.0.0');
const port = z.int().min(1).max(65535);
// A part of a path below the installation: nothing that could lead out of it.
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'is not a plain file name');
const inHosting = z.array(Hosting).min(1);

const Value = z.strictObject({
  about: z.string(),
  ask: z.string().optional(),
  example: z.string().optional(),
  form: z.enum(['host', 'domain', 'url', 'text']).default('text'),
  choices: z.array(z.string()).min(2).optional(),
  default: z.string().optional(),
  secret: z.boolean().default(false),
  mandatory: z.boolean().default(false),
  when: z.record(z.string().regex(placeholderName), z.string()).default({}),
  random: z.boolean().default(false),
});
export type ValueDescription = z.infer<typeof Value>;

const Bundle = z.strictObject({
  about: z.string(),
  folder: fileName,
  route: z.string().startsWith('/'),
  hosting: inHosting,
});
export type BundleDescription = z.infer<typeof Bundle>;

const Health = z.union([
  z.strictObject({ listens: port }),
  z.strictObject({ command: z.array(z.string()).min(1) }),
]);

/** What a service does for the program's own commands; at most one service has each. */
const Role = z.enum(['database', 'bucket']);
export type Role = z.infer<typeof Role>;

const Service = z.strictObject({
  about: z.string(),
  role: Role.optional(),
  repository: z.string().regex(/^[a-z0-9][a-z0-9._/-]*$/),
  hosting: inHosting,
  port,
  publish: port.optional(),
  route: z
    .strictObject({ path: z.string().regex(/^\/.*\/$/), kind: z.enum(['http', 'websocket']) })
    .optional(),
  config: fileName.optional(),
  needs: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(fileName).default([]),
  volumes: z.record(z.string().regex(serviceName), z.string().startsWith('/')).default({}),
  health: Health,
  memory: z.int().min(16),
  shared_memory: z.int().min(16).optional(),
  stop_seconds: z.int().min(1).default(10),
});
export type ServiceDescription = z.infer<typeof Service>;

const Rename = z.strictObject({ file: z.string(), from: z.string(), to: z.string() });

const ReleaseDescription = z.strictObject({
  format_version: z.literal(1),
  release: version,
  requires: z.strictObject({
    os: z.string(),
    docker: version,
    compose: version,
    nginx: version,
    memory_gb: z.number().positive(),
    disk_gb: z.number().positive(),
    database_disk_gb: z.number().positive(),
  }),
  values: z.record(z.string().regex(placeholderName), Value),
  bundles: z.record(z.string().regex(serviceName), Bundle),
  services: z.record(z.string().regex(serviceName), Service),
  renames: z.array(Rename).default([]),
});
export type Release = z.infer<typeof ReleaseDescription>;

/** A template set: `release.yml` and the templates beside it, by path below `templates/`. */
export interface TemplateSet {
  readonly release: Release;
  /** Text by path, `/` between the parts, without release.yml; in the order of the paths. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads `release.yml`.
 * @throws UserError TEMPLATES_INVALID with every fault and its line
 */
export function parseRelease(text: string, file = 'release.yml'): Release {
  const fail = (faults: readonly Fault[]) =>
    new UserError('TEMPLATES_INVALID', `The release description ${file} is not sound.`, { faults });
  const parsed = parseYaml(text, file);
  if (!parsed.ok) throw fail(parsed.faults);
  const checked = ReleaseDescription.safeParse(parsed.document.data);
  if (!checked.success) {
    throw fail(documentFaults(parsed.document, checked.error, ReleaseDescription, file));
  }
  const faults = crossFaults(checked.data).map(({ path, message }) => ({
    file,
    ...parsed.document.position(path),
    key: path.join('.'),
    message,
  }));
  if (faults.length > 0) throw fail(faults);
  return checked.data;
}

/** What a schema of single keys can not say: names that must exist, ports that must differ. */
function crossFaults(release: Release): { path: string[]; message: string }[] {
  const faults: { path: string[]; message: string }[] = [];
  const published = new Map<number, string>();
  const roles = new Map<Role, string>();
  for (const [name, service] of Object.entries(release.services)) {
    if (service.role !== undefined) {
      const holder = roles.get(service.role);
      if (holder !== undefined) {
        const message = `the role ${service.role} is taken by ${holder}`;
        faults.push({ path: ['services', name, 'role'], message });
      }
      roles.set(service.role, name);
    }
    if (service.role === 'database') {
      for (const key of Object.values(databaseKeys)) {
        if (Object.hasOwn(service.environment, key)) continue;
        const message = `a database must have ${key}`;
        faults.push({ path: ['services', name, 'environment'], message });
      }
    }
    for (const needed of service.needs) {
      if (!Object.hasOwn(release.services, needed)) {
        const message = `names ${needed}, which is no service`;
        faults.push({ path: ['services', name, 'needs'], message });
      }
    }
    if (service.publish === undefined) continue;
    const other = published.get(service.publish);
    if (other !== undefined) {
      const message = `port ${service.publish} is taken by ${other}`;
      faults.push({ path: ['services', name, 'publish'], message });
    }
    published.set(service.publish, name);
  }
  for (const [name, value] of Object.entries(release.values)) {
    for (const other of Object.keys(value.when)) {
      if (!Object.hasOwn(release.values, other)) {
        faults.push({ path: ['values', name, 'when'], message: `${other} is no placeholder` });
      }
    }
  }
  return faults;
}

/** The services that this kind of hosting has, in the order of the release description. */
export function servicesOf(release: Release, hosting: Hosting): [string, ServiceDescription][] {
  return Object.entries(release.services).filter(([, s]) => s.hosting.includes(hosting));
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
const databaseKeys = { user: 'POSTGRES_USER', name: 'POSTGRES_DB' } as const;

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
