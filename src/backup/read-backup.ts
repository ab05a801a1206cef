import { TarError } from '../bundles/tar-steps.ts';
import type { Context } from '../context.ts';
import { type ErrorCode, UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { type LargeFile, openLargeFile } from '../lib/fs/large-file.ts';
import { Meter } from '../lib/terminal/progress.ts';
import { noticeReaders } from '../registry/load-credentials.ts';
import { Secret } from '../secret.ts';
import { ageDecrypter, ageMagic, decryptedStream } from './age.ts';
import { type ArchiveVisitor, readArchive } from './archive-reader.ts';
import { ArchiveFault } from './entries.ts';
import { filesIn, type TarredFile } from './installation-tar.ts';
import type { BackupHeader, Manifest } from './manifest.ts';

/** A backup opened for reading, encrypted or not. */
export interface OpenBackup extends AsyncDisposable {
  readonly path: string;
  /** Size of the file in bytes. */
  readonly size: number;
  readonly encrypted: boolean;
  /**
   * Reads and verifies the whole backup. Can be called again.
   * @throws UserError BACKUP_FOREIGN, BACKUP_DAMAGED, BACKUP_NEWER, and what the visitor throws
   */
  read(what: string, visitor?: ArchiveVisitor): Promise<Manifest>;
}

/** A verified backup, with the content of its smaller parts. */
export interface VerifiedBackup {
  readonly manifest: Manifest;
  /** The files of the installation, by path. */
  readonly files: ReadonlyMap<string, TarredFile>;
  /** SQL of the database roles, if there is a dump. */
  readonly roles: string;
}

/** Maximum total size of the parts kept in memory, far larger than any configuration. */
const maxKept = 256 * 1024 * 1024;

/**
 * Opens a backup for reading. It is closed at the end of the scope: `await using`.
 * @param identity path of an age identity file
 * @throws UserError BACKUP_NOT_FOUND, BACKUP_ENCRYPTED, IDENTITY_INVALID, IDENTITY_WRONG
 */
export async function openBackup(
  context: Context,
  path: string,
  identity: string | undefined,
): Promise<OpenBackup> {
  const file = await openLargeFile(path);
  const close = () => file[Symbol.asyncDispose]();
  try {
    const encrypted = (await file.head(ageMagic.length)).toString('latin1') === ageMagic;
    if (encrypted && identity === undefined) {
      throw new UserError('BACKUP_ENCRYPTED', `${path} is encrypted.`);
    }
    const open = encrypted ? await decrypting(context, file, identity ?? '') : plain(file);
    return {
      path,
      size: file.size,
      encrypted,
      async read(what, visitor) {
        const meter = new Meter(context, what, file.size);
        try {
          return await readArchive(await open(meter), visitor);
        } catch (error) {
          throw refusal(path, error, encrypted);
        } finally {
          context.reporter.progress('');
        }
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads a backup to its end and keeps the small parts. @param onHeader can reject the backup early */
export async function verifyBackup(
  backup: OpenBackup,
  onHeader?: (header: BackupHeader) => void,
): Promise<VerifiedBackup> {
  const kept = new Map<string, Buffer[]>();
  let size = 0;
  const manifest = await backup.read('Verifying', {
    ...(onHeader !== undefined && { header: onHeader }),
    bytes(part, bytes) {
      if (part !== 'files.tar' && !part.endsWith('.roles.sql')) return;
      size += bytes.length;
      if (size > maxKept)
        throw new ArchiveFault('damaged', 'contains an unexpected amount of configuration');
      kept.set(part, [...(kept.get(part) ?? []), Buffer.from(bytes)]);
    },
  });
  const of = (kind: string) => {
    const part = manifest.parts.find((candidate) => candidate.kind === kind);
    return Buffer.concat(part === undefined ? [] : (kept.get(part.name) ?? []));
  };
  return {
    manifest,
    files: filesOf(backup.path, of('files')),
    roles: of('roles').toString('utf8'),
  };
}

/** @throws UserError BACKUP_DAMAGED */
function filesOf(backup: string, archive: Buffer): ReadonlyMap<string, TarredFile> {
  try {
    return filesIn(archive);
  } catch (cause) {
    if (!(cause instanceof TarError)) throw cause;
    throw new UserError('BACKUP_DAMAGED', `files.tar in ${backup} ${cause.message}.`, { cause });
  }
}

type Opener = (meter: Meter) => Promise<AsyncIterable<Uint8Array>>;

function plain(file: LargeFile): Opener {
  return async (meter) => meter.through(file.chunks());
}

async function decrypting(context: Context, file: LargeFile, identity: string): Promise<Opener> {
  const text = await readText(identity);
  if (text === undefined) {
    throw new UserError('IDENTITY_INVALID', `The identity file ${identity} does not exist.`);
  }
  await noticeReaders(context, identity);
  const decrypter = await ageDecrypter(new Secret(text), identity);
  return (meter) => decryptedStream(decrypter, meter.through(file.chunks()));
}

const codes: Record<ArchiveFault['kind'], ErrorCode> = {
  foreign: 'BACKUP_FOREIGN',
  damaged: 'BACKUP_DAMAGED',
  newer: 'BACKUP_NEWER',
};

function refusal(path: string, error: unknown, encrypted: boolean): unknown {
  if (error instanceof ArchiveFault) {
    const hint = 'Use the version of proto-scaffold that created the backup, or a newer one.';
    return new UserError(
      codes[error.kind],
      `${path} ${error.message}.`,
      error.kind === 'newer' ? { hint } : {},
    );
  }
  if (!encrypted || error instanceof UserError || !(error instanceof Error)) return error;
  // age reports a problem as a plain error in the middle of the stream.
  if (!/tag|chunk|ciphertext|header|stream|age/i.test(error.message)) return error;
  const message = `${path} is damaged: it cannot be decrypted completely.`;
  return new UserError('BACKUP_DAMAGED', message, { cause: error });
}
