import * as z from 'zod';
import { UserError } from '../errors.ts';
import { Hosting } from '../release/hosting.ts';
import { ReleaseName } from '../release/release-name.ts';
import { versionPattern } from '../release/release-order.ts';

/** `.proto/lock.json`: the pinned versions of the installation. It is not a mutex (that is the run guard). */

/** Format 1 named the release by its tag and the version of its templates. */
export const lockFormat = 2;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** Must be inside the installation, because files are written and moved by these paths. */
const path = z
  .string()
  .refine(
    (text) => !text.includes('\0') && text.split('/').every((p) => !['', '.', '..'].includes(p)),
    'is not a path inside the installation',
  );

const PinnedArtifact = z.object({
  /** `<namespace>/<name>` */
  repository: z.string(),
  /** Absent if a release object names the digest. */
  tag: z.string().optional(),
  digest,
  /** The label or annotation org.opencontainers.image.version, if the artifact has one. */
  version: z.string().regex(versionPattern).optional().catch(undefined),
});
export type PinnedArtifact = z.infer<typeof PinnedArtifact>;

const LockFile = z.object({
  formatVersion: z.union([z.literal(1), z.literal(lockFormat)]),
  /** The version of proto-scaffold that wrote the file. */
  program: z.string(),
  /** The identity of the installation. A moved one keeps it, and a copy has it too. Absent in earlier formats. */
  installation: z.string().optional(),
  customer: z.string(),
  hosting: Hosting,
  release: ReleaseName,
  /** Host (and port) of the registry, without a scheme. */
  registry: z.string(),
  namespace: z.string(),
  /** The Compose project. */
  project: z.string(),
  /** The group that owns the files that containers read. */
  group: z.int(),
  /** When this state was applied (RFC 3339, UTC), and by which command. */
  appliedAt: z.string(),
  appliedBy: z.string(),
  /** By service. */
  images: z.record(z.string(), PinnedArtifact),
  /** By repository name. */
  bundles: z.record(z.string(), PinnedArtifact.extend({ folder: path })),
  /** SHA-256 (hex) of the original bytes of every rendered file, by its path in the installation. */
  files: z.record(path, z.string().regex(/^[0-9a-f]{64}$/)),
});
export type Lock = z.infer<typeof LockFile>;

/** An installation from before identities is known by its Compose project, which has a random part. */
export function identityOf({
  installation,
  project,
}: Pick<Lock, 'installation' | 'project'>): string {
  return installation ?? project;
}

export function stringifyLock(lock: Lock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** @throws UserError LOCK_INVALID if the file is damaged or has a newer format */
export function parseLock(text: string, file: string): Lock {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new UserError('LOCK_INVALID', `${file} is not valid JSON.`, { cause });
  }
  const version = (data as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > lockFormat) {
    const message = `${file} has format ${version}; this version of proto-scaffold supports format ${lockFormat}.`;
    throw new UserError('LOCK_INVALID', message);
  }
  const parsed = LockFile.safeParse(data);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => ({
    file,
    key: issue.path.join('.'),
    message: issue.message,
  }));
  throw new UserError('LOCK_INVALID', `${file} is damaged.`, { faults });
}

/** The pinned artifacts in a lock file, by repository. */
export function pinnedByLock({ images, bundles }: Lock): Map<string, PinnedArtifact> {
  const all = [...Object.values(images), ...Object.values(bundles)];
  return new Map(
    all.map(({ repository, tag, digest, version }) => [
      repository,
      {
        repository,
        digest,
        ...(tag !== undefined && { tag }),
        ...(version !== undefined && { version }),
      },
    ]),
  );
}
