import { dirname, join } from 'node:path';
import type { DataPlace } from '../compose/compose-config.ts';
import { ensureImages } from '../compose/platform.ts';
import { mustDocker } from '../compose/run-docker.ts';
import type { Context } from '../context.ts';
import { type Held, withDatabase, withVolumes } from '../data/data-container.ts';
import { execIn, runSql } from '../data/docker-data.ts';
import {
  measure,
  type PlaceSizes,
  type PlatformData,
  runningDatabase,
} from '../data/gather-data.ts';
import { UserError } from '../errors.ts';
import { addToRecord, backupsFile } from '../installation/backup-record.ts';
import type { Lock } from '../installation/lock.ts';
import { settingsFile } from '../installation/settings.ts';
import { readText } from '../lib/fs/files.ts';
import { freeSpace } from '../lib/fs/free-space.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import { baseFolder, lockFile } from '../release/layout.ts';
import { replaceState } from '../transaction/own-state.ts';
import { ageEncrypter, encryptingSink } from './age.ts';
import { ArchiveWriter, type Sink } from './archive-writer.ts';
import { makeBackupFolder } from './choose-file.ts';
import { copyDatabase, copyPlace, type DatabaseSource } from './copy-data.ts';
import { findFiles, tarOf } from './installation-tar.ts';
import type { BackupHeader, Manifest } from './manifest.ts';
import { openOutputFile, requireUnusedPath } from './output-file.ts';

export interface BackupOf {
  /** Absolute path of the installation. */
  readonly folder: string;
  readonly lock: Lock;
  readonly data: PlatformData;
}

export interface BackupTarget {
  /** Absolute path. */
  readonly file: string;
  /** age recipients; empty for an archive without encryption. */
  readonly encryptTo: readonly string[];
  /** Copy the raw database files instead of a dump. The platform must be stopped. */
  readonly raw: boolean;
  /** The hint if there is not enough space. */
  readonly spaceHint?: string;
}

export interface MadeBackup {
  readonly file: string;
  readonly bytes: number;
  readonly manifest: Manifest;
}

/** The files of an installation in a backup, in addition to its data. lock.json pins the static bundles. */
const filesIn = ['backend', 'nginx', settingsFile, lockFile];
/** Allowance for the overhead of a tar archive. */
const margin = 1024 * 1024;

/**
 * Creates a backup of files and data of a running or stopped platform. The database is read first, so that every
 * object that its rows refer to is also in the backup.
 * @throws UserError BACKUP_EXISTS, BACKUP_NO_SPACE, BACKUP_FAILED, DATABASE_NOT_READY, RECIPIENT_INVALID, docker's codes
 */
export async function makeBackup(
  context: Context,
  { folder, lock, data }: BackupOf,
  target: BackupTarget,
): Promise<MadeBackup> {
  const { file, raw, spaceHint } = target;
  await requireUnusedPath(file);
  await makeBackupFolder(folder, file);
  // Another program's files next to the merge base do not matter, and may be unreadable.
  const base = Object.keys(lock.files).map((path) => `${baseFolder}/${path}`);
  const found = await findFiles(folder, [...filesIn, ...base]);
  for (const path of found.left) {
    context.reporter.notice(
      `${path} is not in the backup, because it is a link, not a regular file, or larger than 16 MiB.`,
    );
  }
  const write = async (bytes: number, dataInto: (archive: ArchiveWriter) => Promise<void>) => {
    await requireFreeSpace(file, found.bytes + bytes + margin, spaceHint);
    const written = await writeArchive(context, target, lock, async (archive) => {
      await archive.part({ name: 'files.tar', kind: 'files' }, tarOf(folder, found.paths));
      await dataInto(archive);
    });
    await recordBackup(folder, written, file);
    return { file, ...written };
  };
  if (data.places.length === 0) return write(0, async () => {});
  await ensureImages(context, [data.database.image]);
  const { project, database, places } = data;
  return withVolumes(
    context,
    { project, image: database.image, userns: database.userns },
    places,
    true,
    async (held) => {
      const sizes = await measure(context, held, places);
      const [own, others] = [database.places, data.bucket?.places ?? []];
      const asVolumes = (raw ? [...own, ...others] : others).filter(({ volume }) =>
        sizes.has(volume),
      );
      const copyVolumes = async (archive: ArchiveWriter) => {
        for (const place of asVolumes) await copyVolume(context, archive, held, data, place, sizes);
      };
      const bytes = asVolumes.reduce((sum, { volume }) => sum + (sizes.get(volume) ?? 0), 0);
      if (raw || !own.some(({ volume }) => sizes.has(volume))) return write(bytes, copyVolumes);
      return withRunning(context, data, async (source) =>
        write(bytes + source.bytes, async (archive) => {
          await copyDatabase(context, archive, source);
          await copyVolumes(archive);
        }),
      );
    },
  );
}

function copyVolume(
  context: Context,
  archive: ArchiveWriter,
  held: Held,
  { database, bucket }: PlatformData,
  place: DataPlace,
  sizes: PlaceSizes,
): Promise<void> {
  const service = database.places.includes(place) ? database.service : bucket?.service;
  return copyPlace(context, archive, held, service ?? '', place, sizes.get(place.volume) ?? 0);
}

/** Uses the database of the running platform, or starts one temporarily. */
async function withRunning<T>(
  context: Context,
  data: PlatformData,
  use: (source: DatabaseSource) => Promise<T>,
): Promise<T> {
  const { database, project } = data;
  const { owner, name, service } = database;
  const from = async (container: string) => {
    const query = ['--command', 'select pg_database_size(current_database())'];
    const program = [...runSql(owner, name), ...query];
    const { stdout } = await mustDocker(context, execIn(container, program), 'the database');
    const bytes = Number(stdout.trim());
    if (Number.isSafeInteger(bytes)) return use({ container, service, owner, name, bytes });
    throw new UserError('BACKUP_FAILED', `The database returned an invalid size: ${stdout}.`);
  };
  const running = await runningDatabase(context, data);
  if (running !== undefined) return from(running);
  context.reporter.step('The platform is stopped. Starting the database to read the data');
  return withDatabase(context, project, database, database.isReady, ({ container }) =>
    from(container),
  );
}

/** Records the backup in the installation, for `status`. */
export async function recordBackup(
  folder: string,
  { bytes, manifest }: WrittenArchive,
  file: string,
): Promise<void> {
  const path = join(folder, backupsFile);
  const { createdAt, release } = manifest;
  const made = { file, createdAt, bytes, release: release.templates };
  await replaceState(path, addToRecord(await readText(path), made));
}

/** @param bytes maximum number of bytes needed @throws UserError BACKUP_NO_SPACE with both numbers */
export async function requireFreeSpace(file: string, bytes: number, hint?: string): Promise<void> {
  const folder = dirname(file);
  const free = await freeSpace(folder);
  if (free >= bytes) return;
  const message = `${file} may need ${formatBytes(bytes)}, but ${folder} has only ${formatBytes(free)} free.`;
  throw new UserError('BACKUP_NO_SPACE', message, hint === undefined ? {} : { hint });
}

export interface WrittenArchive {
  readonly bytes: number;
  readonly manifest: Manifest;
}

/**
 * Writes a backup file with the content from `fill`, either completely or not at all.
 * @throws UserError BACKUP_EXISTS, RECIPIENT_INVALID, DISK_FULL
 */
export async function writeArchive(
  context: Context,
  { file, encryptTo }: { readonly file: string; readonly encryptTo: readonly string[] },
  lock: Lock,
  fill: (archive: ArchiveWriter) => Promise<void>,
): Promise<WrittenArchive> {
  const { customer, hosting, release, project } = lock;
  const header: BackupHeader = {
    formatVersion: 1,
    program: context.version,
    createdAt: new Date().toISOString(),
    customer,
    hosting,
    release: { tag: release.tag, templates: release.version },
    project,
  };
  const encrypter = encryptTo.length === 0 ? undefined : await ageEncrypter(encryptTo);
  await using output = await openOutputFile(file, context.env);
  if (output.isOpenToOthers && encrypter === undefined) {
    context.reporter.notice(
      `Other users of this host can read ${file}, because its file system does not keep permissions. It contains every secret of this installation. Keep it on another disk, or create one with \`proto-scaffold backup --encrypt-to RECIPIENT\`.`,
    );
  }
  try {
    let bytes = 0;
    const toFile: Sink = async (chunk) => {
      context.signal.throwIfAborted();
      await output.write(chunk);
      bytes += chunk.length;
    };
    const encrypting = encrypter && (await encryptingSink(encrypter, toFile));
    const archive = new ArchiveWriter(header, encrypting?.write ?? toFile);
    await archive.begin();
    await fill(archive);
    const manifest = await archive.finish();
    await encrypting?.end();
    context.signal.throwIfAborted();
    await output.commit();
    return { bytes, manifest };
  } finally {
    context.reporter.progress('');
  }
}
