import * as z from 'zod';
import { parseDottedKey } from '../toml/dotted-key.ts';
import { CertificatePart, Hosting } from './hosting.ts';
import { compareVersions, versionPattern } from './release-order.ts';

/**
 * The schema of `templates/release.yml`, and its only validator. The built-in template set is validated at build time
 * (ready-templates.ts), so only another template set needs this schema, and YAML, at run time.
 */

const placeholder = z
  .string()
  .max(100)
  .regex(/^YOUR_[A-Z0-9_]+$/, 'is not a placeholder such as YOUR_URL');
const name = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9_-]*$/, 'is not a name such as msgrouter_ws');
/** Folders of an installation, and what will render other targets. */
const reservedNames = ['config', 'secrets', 'kubernetes'];
/** ECR's own rule for the name of a repository. */
export const repositoryName = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/,
    'is not the name of a repository',
  );
const version = z.string().regex(/^\d+(\.\d+)*$/, 'is not a version such as 24.0.0');
const releaseVersion = z
  .string()
  .refine(
    (text) => versionPattern.test(text) && compareVersions(text, text) === 0,
    'is not a version such as 2026.12.0',
  );
const port = z.int().min(1).max(65535);
// A part of a path below the installation, which must not lead out of it.
const fileName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'is not a plain file name');
const inHosting = z.array(Hosting).min(1);

/** Texts end up in prompts, comments, arguments and files. A release can come from a registry, so none of them is unbounded. */
const longestLine = 500;
const longestText = 16 * 1024;
const line = z
  .string()
  .max(longestLine, `is longer than ${longestLine} characters`)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'has a line break or an invisible character');
const text = z
  .string()
  .max(longestText, `is longer than ${longestText} characters`)
  .refine((content) => !/\p{Cc}/u.test(content.replace(/[\n\t]/g, '')), 'has a control character');

/** A map with a limit: what a release describes is counted in tens. */
function upTo<K extends z.ZodType<string, string>, V extends z.ZodType>(
  most: number,
  key: K,
  value: V,
) {
  return z
    .record(key, value)
    .refine((map) => Object.keys(map).length <= most, `has more than ${most} entries`);
}

/** The impact of regenerating a random value, and who else stores it. */
const Rotation = z.strictObject({ means: line, kept_by: z.literal('database').optional() });

/** The forms of texts, and those of numbers. What each means is in src/values/forms.ts. */
const textForms = [
  'host',
  'server',
  'domain',
  'url',
  'email',
  'path',
  'cidrs',
  'key',
  'text',
] as const;
const numberForms = ['port', 'integer', 'duration'] as const;
const choices = z.array(line).min(2).max(100);

const Value = z.strictObject({
  about: line,
  ask: line.optional(),
  example: line.optional(),
  hosting: inHosting.default([...Hosting.options]),
  form: z.enum(textForms).default('text'),
  choices: choices.optional(),
  begins_with: line.min(1).optional(),
  default: line.optional(),
  secret: z.boolean().default(false),
  mandatory: z.boolean().default(false),
  when: upTo(10, placeholder, line).default({}),
  with: placeholder.optional(),
  random: z.boolean().default(false),
  rotation: Rotation.optional(),
  made: CertificatePart.optional(),
  hybrid: z
    .strictObject({
      about: line.optional(),
      ask: line.optional(),
      example: line.optional(),
      rotation: Rotation.optional(),
    })
    .optional(),
});
export type ValueDescription = z.infer<typeof Value>;

/** The form of a key of the TOML files that has a value without a placeholder. */
const ParameterForm = z.strictObject({
  form: z.enum([...textForms, ...numberForms]).default('text'),
  choices: choices.optional(),
  min: z.int().optional(),
  max: z.int().optional(),
  unit: z.enum(['seconds', 'minutes', 'hours', 'days']).optional(),
});
export type ParameterForm = z.infer<typeof ParameterForm>;

const Bundle = z.strictObject({
  about: line,
  folder: fileName.refine(
    (name) => !['backend', 'nginx', 'proto.toml'].includes(name.toLowerCase()),
    'is a folder of the installation itself',
  ),
  route: z.string().startsWith('/'),
  hosting: inHosting,
});
export type BundleDescription = z.infer<typeof Bundle>;

const Health = z.union([
  z.strictObject({ listens: port }),
  z.strictObject({ command: z.array(text).min(1).max(100) }),
]);

/** The role of a service for the program's own commands; at most one service has each role. */
const Role = z.enum(['database', 'bucket']);
export type Role = z.infer<typeof Role>;

const Route = z.strictObject({
  path: z.string().regex(/^\/((?!\.)[\w.-]+\/)*$/, 'is not a path such as /api/'),
  kind: z.enum(['http', 'websocket', 'objects']),
  streams: z.boolean().optional(),
});
const containerPath = z
  .string()
  .max(longestLine)
  .regex(/^(\/(?!\.\.?(\/|$))[\w.-]+)+$/, 'is not a plain absolute path');
const address = z.ipv4('is not an IPv4 address');
const folderAndFile = z
  .string()
  .regex(/^[a-z][\w-]*\/[A-Za-z0-9][\w.-]*$/, 'is not a path of the form folder/file');
const environment = upTo(
  200,
  z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of an environment variable'),
  text,
);
const files = upTo(100, folderAndFile, containerPath);
const command = z.array(text).min(1).max(100);

/** How a service reads changed files without a restart. */
const Reload = z.strictObject({
  /** By the mount path of a file: the copy that the service reads. */
  copies: upTo(100, containerPath, containerPath),
  command,
});
export type Reload = z.infer<typeof Reload>;

/** A kernel capability without its prefix (capabilities(7)), as `cap_add` takes it. */
const capability = z
  .string()
  .regex(/^[A-Z][A-Z_]*$/, 'is not a capability such as NET_BIND_SERVICE');
/** A user id, or a name in the image. */
const user = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_-]*(:[a-z0-9_][a-z0-9_-]*)?$/, 'is not a user such as 1000:1000');

/** Overrides for one kind of hosting. */
const Variant = z.strictObject({
  publish: port.optional(),
  publish_address: address.optional(),
  route: Route.optional(),
  environment: environment.optional(),
  secrets: z.array(fileName).optional(),
  certificate: z.boolean().optional(),
  files: files.optional(),
  command: command.optional(),
  tmpfs: z.array(containerPath).optional(),
  reload: Reload.optional(),
  capabilities: z.array(capability).optional(),
  read_only: z.boolean().optional(),
  user: user.optional(),
  pids: z.int().min(16).optional(),
});

const Service = z.strictObject({
  about: line,
  role: Role.optional(),
  repository: repositoryName,
  hosting: inHosting,
  port,
  publish: port.optional(),
  publish_address: address.default('127.0.0.1'),
  route: Route.optional(),
  config: fileName.optional(),
  needs: z.array(line).max(100).default([]),
  environment: environment.default({}),
  secrets: z.array(fileName).default([]),
  certificate: z.boolean().default(false),
  files: files.default({}),
  command: command.optional(),
  tmpfs: z.array(containerPath).default([]),
  reload: Reload.optional(),
  volumes: upTo(20, name, containerPath).default({}),
  health: Health,
  memory: z.int().min(16),
  /** Without them, the engine's own set. */
  capabilities: z.array(capability).optional(),
  read_only: z.boolean().default(false),
  user: user.optional(),
  pids: z.int().min(16).optional(),
  isolated: z.boolean().default(false),
  shared_memory: z.int().min(16).optional(),
  stop_seconds: z.int().min(1).default(10),
  hybrid: Variant.optional(),
});
export type ServiceDescription = z.infer<typeof Service>;

const dottedKey = z
  .string()
  .refine(
    (text) => parseDottedKey(text) !== undefined,
    'is not a dotted key such as api."my key".x',
  );
const Rename = z.strictObject({ file: line, from: dottedKey, to: dottedKey });

export const ReleaseDescription = z.strictObject({
  format_version: z.literal(1),
  release: releaseVersion,
  requires: z.strictObject({
    os: line,
    docker: version,
    compose: version,
    nginx: version,
    memory_gb: z.number().positive(),
    disk_gb: z.number().positive(),
    database_disk_gb: z.number().positive(),
  }),
  values: upTo(200, placeholder, Value),
  /** By the dotted key, in every file that has it. */
  parameters: upTo(1000, dottedKey, ParameterForm).default({}),
  bundles: upTo(20, name, Bundle),
  /** Templates, by path, that only some kinds of hosting have. */
  files: upTo(200, line, z.strictObject({ hosting: inHosting })).default({}),
  services: upTo(
    50,
    name.refine((name) => !reservedNames.includes(name), 'is a name that is reserved'),
    Service,
  ),
  renames: z.array(Rename).max(1000).default([]),
});
export type Release = z.infer<typeof ReleaseDescription>;
