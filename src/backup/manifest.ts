import * as z from 'zod';
import { Hosting } from '../release/hosting.ts';
import { versionPattern } from '../release/release-order.ts';

/** The description of a backup in its first entry, and of its parts in its second-to-last entry. */

export const headerEntry = 'proto-backup.json';
export const manifestEntry = 'manifest.json';
/** `<hex>  manifest.json`, as sha256sum(1) writes and checks it. */
export const checksumEntry = 'manifest.sha256';

/** Maximum bytes in one entry. A part is written in pieces, because its length is not known in advance. */
export const pieceSize = 4 * 1024 * 1024;
/** Far larger than any header or manifest. */
export const maxDocument = 1024 * 1024;

const version = z.string().regex(versionPattern);
/** The name of a service, a volume or a Compose project. */
const word = z.string().regex(/^[A-Za-z0-9_][\w.-]{0,127}$/);

const header = {
  /** Version of proto-backup.json, manifest.json and the order of entries. */
  formatVersion: z.literal(1),
  /** The version of proto-scaffold that created the backup. */
  program: version,
  /** RFC 3339, UTC. */
  createdAt: z.iso.datetime(),
  customer: z.string().max(200),
  hosting: Hosting,
  release: z.strictObject({ tag: version, templates: version }),
  /** The Compose project of the source installation. */
  project: word,
};

const Header = z.strictObject(header);
export type BackupHeader = z.infer<typeof Header>;

const name = z.string().regex(/^[a-z][a-z0-9._-]{0,80}$/);

const Part = z.strictObject({
  /** The pieces of the part are the entries `NAME/0000001` and so on. */
  name,
  /**
   * `files`: the installation's files as a tar archive. `roles`: SQL of pg_dumpall --roles-only. `database`: pg_dump's
   * custom format. `volume`: the content of a volume, as a tar archive with one folder that is named like the volume.
   */
  kind: z.enum(['files', 'roles', 'database', 'volume']),
  /** The service that owns the data; absent for files. */
  service: word.optional(),
  /** The volume's name in docker-compose.yml. */
  volume: word.optional(),
  /** Size of the source data in bytes, if known. */
  sourceBytes: z.int().nonnegative().optional(),
  bytes: z.int().nonnegative(),
  pieces: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackupPart = z.infer<typeof Part>;
/** The properties of a part that are known before it is written. */
export type PartToWrite = Omit<BackupPart, 'bytes' | 'pieces' | 'sha256'>;

const Manifest = z.strictObject({ ...header, parts: z.array(Part).max(1000) });
export type Manifest = z.infer<typeof Manifest>;

export type Parsed<T> =
  | { readonly kind: 'sound'; readonly value: T }
  | { readonly kind: 'newer'; readonly formatVersion: number }
  | { readonly kind: 'unsound' };

export const parseHeader = (text: string): Parsed<BackupHeader> => parse(text, Header);
export const parseManifest = (text: string): Parsed<Manifest> => parse(text, Manifest);

function parse<T>(text: string, schema: z.ZodType<T>): Parsed<T> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { kind: 'unsound' };
  }
  const version = (data as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > 1) return { kind: 'newer', formatVersion: version };
  const parsed = schema.safeParse(data);
  return parsed.success ? { kind: 'sound', value: parsed.data } : { kind: 'unsound' };
}

export function stringify(document: BackupHeader | Manifest): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The header, which is repeated in the manifest. */
export function headerOf({ parts: _, ...rest }: Manifest): BackupHeader {
  return rest;
}

export function checksumLine(sha256: string): string {
  return `${sha256}  ${manifestEntry}\n`;
}

/** The name of a piece of a part, counted from 1 and padded so that listings keep the order. */
export function pieceName(part: string, number: number): string {
  return `${part}/${String(number).padStart(7, '0')}`;
}

/**
 * `proto-backup-example-bank-2026-11-23-0904.tar`
 * @param time local: `2026-11-23 09:04 (+08:00)`
 */
export function backupName(prefix: string, customer: string, time: string): string {
  // A file name has at most 255 bytes.
  const who = customer
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 100);
  const [day, clock = ''] = time.split(' ');
  return `${prefix}-${who}-${day}-${clock.replace(':', '')}.tar`;
}
