import { Parser } from 'tar/parse';
import type { DataPlace } from '../compose/compose-config.ts';
import type { Context } from '../context.ts';
import { type Held, keptAt } from '../data/data-container.ts';
import { copyOut, dumpDatabase, dumpRoles, execTied } from '../data/docker-data.ts';
import { RolesFault, readRoles } from '../data/role-statements.ts';
import { UserError } from '../errors.ts';
import type { Command } from '../lib/process/process.ts';
import { runStreaming } from '../lib/process/run-streaming.ts';
import { Meter } from '../lib/terminal/progress.ts';
import type { ArchiveWriter } from './archive-writer.ts';

/** The data parts of a backup. Each is streamed from a program's output into the archive. */

export interface DatabaseSource {
  readonly container: string;
  readonly service: string;
  readonly owner: string;
  readonly name: string;
  /** The size reported by the database. */
  readonly bytes: number;
}

/** Writes the roles, then the dump: a consistent snapshot, even during writes. */
export async function copyDatabase(
  context: Context,
  archive: ArchiveWriter,
  { container, service, owner, name, bytes }: DatabaseSource,
): Promise<void> {
  const roles = { name: `${service}.roles.sql`, kind: 'roles', service } as const;
  const dump = { name: `${service}.dump`, kind: 'database', service, sourceBytes: bytes } as const;
  const meter = new Meter(context, `Database ${name}`, bytes);
  const rolesOf = output(context, execTied(container, dumpRoles(owner)), 'pg_dumpall');
  await archive.part(roles, restorable(rolesOf));
  const dumped = output(context, execTied(container, dumpDatabase(owner, name)), 'pg_dump');
  await archive.part(dump, meter.through(dumped));
}

/** Far more than the roles of any platform, and less than a restore keeps in memory. */
const maxRoles = 64 * 1024 * 1024;

/** The roles, only if a restore will accept them. @throws UserError BACKUP_FAILED */
async function* restorable(roles: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of roles) {
    size += chunk.length;
    if (size > maxRoles) throw notRestorable(`they have more than ${maxRoles} bytes`);
    chunks.push(chunk);
  }
  const all = Buffer.concat(chunks);
  try {
    readRoles(all.toString('utf8'));
  } catch (error) {
    if (error instanceof RolesFault) throw notRestorable(error.message);
    throw error;
  }
  yield all;
}

function notRestorable(reason: string): UserError {
  const message = `A restore would not accept the database roles: ${reason}.`;
  return new UserError('BACKUP_FAILED', message, {
    hint: 'Look for role names and settings that do not belong there: `SELECT * FROM pg_roles` in `proto-scaffold psql`, and the output of `pg_dumpall --roles-only` in the database container. Rename or drop such a role, then run the backup again. No file was created.',
  });
}

/** Writes the content of a volume as a tar archive with one folder. */
export async function copyPlace(
  context: Context,
  archive: ArchiveWriter,
  { container }: Held,
  service: string,
  { volume }: DataPlace,
  bytes: number,
): Promise<void> {
  const part = { name: `${volume}.tar`, kind: 'volume', service, volume } as const;
  const meter = new Meter(context, `Volume ${volume}`, bytes);
  const copied = output(context, copyOut(container, keptAt(volume)), `docker cp of ${volume}`);
  await archive.part({ ...part, sourceBytes: bytes }, meter.through(unbroken(copied, volume)));
}

async function* unbroken(tar: AsyncIterable<Buffer>, volume: string): AsyncIterable<Buffer> {
  try {
    yield* wholeTar(tar);
  } catch (error) {
    if (error instanceof UserError || !/archive/i.test(String(error))) throw error;
    const message = `The copy of ${volume} failed because a file was removed from it at the same time.`;
    throw new UserError('BACKUP_FAILED', message, {
      hint: 'Run the backup again, or run it while the platform is stopped. No file was created.',
      cause: error,
    });
  }
}

/** The output of a program, which must exit successfully. */
async function* output(
  { env, signal, reporter }: Context,
  command: Command,
  what: string,
): AsyncIterable<Buffer> {
  reporter.detail(`${command.program} ${command.args.slice(0, 3).join(' ')} … (${what})`);
  const child = await runStreaming(command, { env, signal });
  try {
    yield* child.stdout;
    const { exitCode, stderr } = await child.ended();
    if (exitCode === 0) return;
    const said = stderr.split('\n').slice(-3).join(' ');
    throw new UserError('BACKUP_FAILED', `${what} exited with code ${exitCode}: ${said}`);
  } finally {
    await child.kill();
  }
}

/**
 * Passes a tar archive through and checks that it is complete: if a file disappears during the copy, docker ends the
 * archive early and reports success.
 * @throws Error at the end of the archive
 */
export async function* wholeTar(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const parser = new Parser({ strict: true, zstd: false, brotli: false });
  let ended = false;
  let fault: Error | undefined;
  parser.on('entry', (entry) => entry.resume());
  parser.on('eof', () => {
    ended = true;
  });
  parser.on('error', (error: Error) => {
    fault ??= error;
  });
  for await (const chunk of source) {
    if (fault === undefined) parser.write(chunk);
    yield chunk;
  }
  if (fault === undefined) parser.end();
  if (fault !== undefined) throw fault;
  if (!ended) throw new Error('the archive is truncated');
}
