import { join } from 'node:path';
import { composeProject } from '../compose/compose-project.ts';
import { isRunning, missingImages } from '../compose/platform.ts';
import type { Context } from '../context.ts';
import { withVolumes } from '../data/data-container.ts';
import { gatherData, measure, type PlaceSizes, type PlatformData } from '../data/gather-data.ts';
import { UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { type Lock, parseLock } from '../installation/lock.ts';
import { readBase, readLock } from '../installation/read-installation.ts';
import { hashedBytes } from '../lib/fs/hashed-bytes.ts';
import { readPresent } from '../lib/fs/present-file.ts';
import { randomSecret } from '../lib/fs/random.ts';
import { baseFolder, fileMode, lockFile } from '../release/layout.ts';
import type { TemplateSet } from '../release/release.ts';
import type { TarredFile } from './installation-tar.ts';
import type { BackupPart } from './manifest.ts';
import {
  type InstalledFiles,
  planRestore,
  type RestoredFiles,
  releaseFit,
} from './plan-restore.ts';
import { type OpenBackup, type VerifiedBackup, verifyBackup } from './read-backup.ts';

/** The input of a restore, and what it will do. */
export interface GatheredRestore {
  /** Absolute path of the installation. */
  readonly folder: string;
  readonly lock: Lock;
  readonly backup: OpenBackup;
  readonly verified: VerifiedBackup;
  readonly data: PlatformData;
  /** The size of the current data, by volume. Empty and missing volumes are absent. */
  readonly sizes: PlaceSizes;
  /** The parts to load: the dump, and volumes. */
  readonly parts: readonly BackupPart[];
  readonly restored: RestoredFiles;
  /** For the files to write: their permissions in the backup, and the SHA-256 of their current versions. */
  readonly modes: ReadonlyMap<string, number>;
  readonly expected: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
  readonly running: boolean;
}

/**
 * Verifies a backup and finds out what it would replace. Changes nothing.
 * @throws UserError as `OpenBackup.read`; BACKUP_NEWER, BACKUP_RELEASE_DIFFERS; LOCK_INVALID; docker's codes
 */
export async function gatherRestore(
  context: Context,
  folder: string,
  backup: OpenBackup,
): Promise<GatheredRestore> {
  const lock = await readLock(folder);
  const templates = await installedTemplates(context, folder, lock);
  context.reporter.step(`Verifying ${backup.path}`);
  const fits = (release: { readonly templates: string }) =>
    releaseFit(release.templates, lock.release.version, templates.release.release);
  // Report this at once instead of after an hour.
  const verified = await verifyBackup(backup, ({ release, hosting }) => {
    fits(release);
    if (hosting === lock.hosting) return;
    const message = `The backup is from an installation with ${hosting} hosting. This installation has ${lock.hosting} hosting.`;
    throw new UserError('BACKUP_RELEASE_DIFFERS', message);
  });
  const data = await gatherData(context, folder, lock, templates.release);
  const parts = verified.manifest.parts.filter(({ kind }) => ['database', 'volume'].includes(kind));
  for (const part of parts) requireKnownPart(part, data, fits(verified.manifest.release));
  const ofDatabase = (volume: string | undefined) =>
    data.database.places.some((place) => place.volume === volume);
  const keepsDatabase =
    data.places.some(({ volume }) => ofDatabase(volume)) &&
    !parts.some(({ kind, volume }) => kind === 'database' || ofDatabase(volume));
  const files = await gatherFiles(folder, lock, templates, verified, keepsDatabase);
  const images = [data.database.image, ...(data.bucket === undefined ? [] : [data.bucket.image])];
  const missing = await missingImages(context, [...new Set(images)]);
  const running = await isRunning(context, await composeProject(folder));
  const sizes = missing.includes(data.database.image)
    ? new Map<string, number>()
    : await sizesNow(context, data);
  return { folder, lock, backup, verified, data, sizes, parts, ...files, missing, running };
}

/** The size of the current data, by volume. */
export async function sizesNow(context: Context, data: PlatformData): Promise<PlaceSizes> {
  const { project, database, places } = data;
  if (places.length === 0) return new Map();
  return withVolumes(
    context,
    { project, image: database.image, userns: database.userns },
    places,
    true,
    (held) => measure(context, held, places),
  );
}

function requireKnownPart(part: BackupPart, data: PlatformData, fit: 'same' | 'older'): void {
  const { database, bucket } = data;
  const places = [...database.places, ...(bucket?.places ?? [])];
  const known =
    part.kind === 'database'
      ? part.service === database.service
      : places.some(({ volume }) => volume === part.volume);
  if (!known) {
    const message = `The backup contains ${part.name}, which the installed release does not use.`;
    throw new UserError('BACKUP_RELEASE_DIFFERS', message);
  }
  if (fit === 'older' && part.kind === 'volume' && part.service === database.service) {
    const message =
      'The backup contains the raw database files, which work only with the release that they are from.';
    throw new UserError('BACKUP_RELEASE_DIFFERS', message);
  }
}

/** Of a file of the operator's own: nothing that gives others the right to write, or a program another user's rights. */
const safeBits = 0o755;

type GatheredFiles = Pick<GatheredRestore, 'restored' | 'modes' | 'expected'>;

async function gatherFiles(
  folder: string,
  lock: Lock,
  templates: TemplateSet,
  { files: tarred }: VerifiedBackup,
  keepsDatabase: boolean,
): Promise<GatheredFiles> {
  const backup = installedFiles(tarred);
  const { base } = await readBase(folder, lock);
  const present = new Map<string, Uint8Array>();
  const expected = new Map<string, string>();
  const look = async (path: string) => {
    const file = await readPresent(folder, path);
    if (file === undefined) return;
    present.set(path, file.bytes);
    expected.set(path, file.sha256);
  };
  for (const path of new Set([...backup.files.keys(), ...base.keys()])) await look(path);
  const restored = planRestore({
    installation: folder,
    backup,
    present: { lock, base, files: present },
    templates,
    random: randomSecret,
    keepsDatabase,
  });
  for (const path of restored.files.keys()) if (!expected.has(path)) await look(path);
  const modes = new Map(
    [...tarred].map(([path, { mode }]) => [
      path,
      restored.base.has(path) ? fileMode(path) : mode & safeBits,
    ]),
  );
  return { restored, modes, expected };
}

/** Only the files that a backup of an installation contains. Rejects all other files in the archive. */
function installedFiles(tarred: ReadonlyMap<string, TarredFile>): InstalledFiles {
  const locked = tarred.get(lockFile);
  if (locked === undefined)
    throw new UserError('BACKUP_DAMAGED', 'The backup does not contain a lock file.');
  const lock = parseLock(locked.bytes.toString('utf8'), join('(backup)', lockFile));
  const base = new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  for (const [path, { bytes }] of tarred) {
    if (path.startsWith(`${baseFolder}/`)) {
      const rendered = path.slice(baseFolder.length + 1);
      if (!/^(backend|nginx)\/|^[^/]+$/.test(rendered)) throw unexpectedFile(path);
      const hash = lock.files[rendered];
      // Another program's file next to the merge base.
      if (hash === undefined) continue;
      base.set(rendered, (hashedBytes(bytes, hash) ?? bytes).toString('utf8'));
    } else if (/^(backend|nginx)\/|^proto\.toml$/.test(path)) files.set(path, bytes);
    else if (path !== lockFile) throw unexpectedFile(path);
  }
  return { lock, base, files };
}

function unexpectedFile(path: string): UserError {
  const message = `The backup contains the unexpected file ${JSON.stringify(path)}.`;
  return new UserError('BACKUP_DAMAGED', message);
}
