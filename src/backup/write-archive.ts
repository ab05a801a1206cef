import type { Context } from '../context.ts';
import type { Lock } from '../installation/lock.ts';
import { ageEncrypter, encryptingSink } from './age.ts';
import { ArchiveWriter, type Sink } from './archive-writer.ts';
import type { BackupHeader, Manifest } from './manifest.ts';
import { openOutputFile } from './output-file.ts';

export interface WrittenArchive {
  readonly bytes: number;
  readonly manifest: Manifest;
}

/**
 * Writes a backup file with what `fill` puts into it: whole, or not at all.
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
    release,
    project,
  };
  const encrypter = encryptTo.length === 0 ? undefined : await ageEncrypter(encryptTo);
  const output = await openOutputFile(file, context.env);
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
    await output.discard();
  }
}
