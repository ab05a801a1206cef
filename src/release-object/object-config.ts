import * as z from 'zod';
import { UserError } from '../errors.ts';
import { compareVersions, versionPattern } from '../release/release-order.ts';
import { repositoryName } from '../release/release-schema.ts';

/** The config of a release object: what one digest pins (DESIGN.md, "A release is one object"). */

export const mediaTypes = {
  artifact: 'application/vnd.proto.release.v1',
  config: 'application/vnd.proto.release.config.v1+json',
  templates: 'application/vnd.proto.release.templates.v1.tar+gzip',
  notes: 'text/markdown',
} as const;

/** In bytes. */
export const objectLimits = {
  config: 1024 * 1024,
  templates: 8 * 1024 * 1024,
  notes: 1024 * 1024,
} as const;

/** The repository of releases. */
export function objectRepository(namespace: string): string {
  return `${namespace}/release`;
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a digest');
const releaseVersion = z
  .string()
  .regex(versionPattern, { error: 'is not a version', abort: true })
  .refine((text) => compareVersions(text, text) === 0, 'is not a version such as 2026.12.0');
const artifactVersion = z.string().regex(versionPattern, 'is not a version');

const Artifact = z.strictObject({
  repository: repositoryName,
  digest,
  version: artifactVersion.optional(),
  /** Of what is downloaded, in bytes. */
  size: z.int().min(0),
});

const artifacts = z
  .record(z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'is not a name'), Artifact)
  .refine((all) => Object.keys(all).length <= 100, 'has more than 100 entries');

const ObjectConfig = z.strictObject({
  formatVersion: z.literal(1),
  namespace: repositoryName,
  version: releaseVersion,
  sequence: z.int().min(1),
  createdAt: z.iso.datetime(),
  /** The oldest proto-scaffold that can install it. */
  minimumProgram: releaseVersion.optional(),
  /** An installation of an earlier release is updated to this one first. */
  requiredFrom: releaseVersion.optional(),
  /** By service; more may be named. */
  images: artifacts,
  /** By bundle. */
  bundles: artifacts,
});
export type ObjectConfig = z.infer<typeof ObjectConfig>;

/** Read before the strict schema, so that an older program says what to do. */
const Head = z.object({
  formatVersion: z.number(),
  version: artifactVersion.optional().catch(undefined),
  minimumProgram: artifactVersion.optional().catch(undefined),
});

export interface ConfigExpectations {
  /** The object's name in messages. */
  readonly name: string;
  readonly namespace: string;
  /** The version of this program. */
  readonly program: string;
}

/**
 * @throws UserError PROGRAM_TOO_OLD; RELEASE_INVALID with every fault
 */
export function parseObjectConfig(
  bytes: Buffer,
  { name, namespace, program }: ConfigExpectations,
): ObjectConfig {
  const data = parseJson(bytes);
  const head = Head.safeParse(data).data;
  const minimum = head?.minimumProgram;
  const needsNewer = minimum !== undefined && (compareVersions(program, minimum) ?? 0) < 0;
  if (head !== undefined && (head.formatVersion > 1 || needsNewer)) {
    const what = head.version === undefined ? name : `Release ${head.version}`;
    const wanted =
      minimum === undefined ? 'a newer proto-scaffold' : `proto-scaffold ${minimum} or later`;
    throw new UserError('PROGRAM_TOO_OLD', `${what} needs ${wanted}. This is ${program}.`);
  }
  const checked = ObjectConfig.safeParse(data);
  if (!checked.success) {
    const faults = checked.error.issues.map((issue) => ({
      file: name,
      key: issue.path.map(String).join('.'),
      message: issue.message,
    }));
    throw new UserError('RELEASE_INVALID', `The release object ${name} is invalid.`, { faults });
  }
  const config = checked.data;
  if (config.namespace !== namespace) {
    const message = `${name} is a release for the namespace ${config.namespace}, not for ${namespace}.`;
    throw new UserError('RELEASE_INVALID', message);
  }
  const outside = [...Object.values(config.images), ...Object.values(config.bundles)].find(
    ({ repository }) => !repository.startsWith(`${namespace}/`),
  );
  if (outside !== undefined) {
    const message = `${name} refers to ${outside.repository}, which is outside the namespace ${namespace}.`;
    throw new UserError('RELEASE_INVALID', message);
  }
  return config;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** The same fields in the same order, so that the same release has the same digest. */
export function stringifyObjectConfig(config: ObjectConfig): string {
  const sorted = (all: ObjectConfig['images']) =>
    Object.fromEntries(
      Object.entries(all)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, { repository, digest, version, size }]) => [
          name,
          { repository, digest, ...(version !== undefined && { version }), size },
        ]),
    );
  const { formatVersion, namespace, version, sequence, createdAt, minimumProgram, requiredFrom } =
    config;
  return JSON.stringify({
    ...{ formatVersion, namespace, version, sequence, createdAt },
    ...(minimumProgram !== undefined && { minimumProgram }),
    ...(requiredFrom !== undefined && { requiredFrom }),
    images: sorted(config.images),
    bundles: sorted(config.bundles),
  });
}
