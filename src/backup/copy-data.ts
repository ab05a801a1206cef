import { Parser } from 'tar/parse';
import type { DataPlace } from '../compose/compose-config.ts';
import type { Context } from '../context.ts';
import { type Held, keptAt } from '../data/data-container.ts';
import { copyOut, dumpDatabase, dumpRoles, execTied } from '../data/docker-data.ts';
import { UserError } from '../errors.ts';
import type { Command } from '../lib/process/process.ts';
import { runStreaming } from '../lib/process/run-streaming.ts';
import { Meter } from '../lib/terminal/progress.ts';
import type { ArchiveWriter } from './archive-writer.ts';

/** The parts of a backup that are data, each from a program's output straight into the archive. */

export interface DatabaseSource {
  readonly container: string;
  readonly service: string;
  readonly owner: string;
  readonly name: string;
  /** As the database itself tells it. */
  readonly bytes: number;
}

/** The roles, then the dump: one moment of the database, whatever is written meanwhile. */
export async function copyDatabase(
  context: Context,
  archive: ArchiveWriter,
  { container, service, owner, name, bytes }: DatabaseSource,
): Promise<void> {
  const roles = { name: `${service}.roles.sql`, kind: 'roles', service } as const;
  const dump = { name: `${service}.dump`, kind: 'database', service, sourceBytes: bytes } as const;
  const meter = new Meter(context, `Database ${name}`, bytes);
  const rolesOf = output(context, execTied(container, dumpRoles(owner)), 'pg_dumpall');
  await archive.part(roles, rolesOf);
  const dumped = output(context, execTied(container, dumpDatabase(owner, name)), 'pg_dump');
  await archive.part(dump, meter.through(dumped));
}

/** What is in a place, as a tar archive with one folder. */
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
    const message = `The copy of ${volume} broke off: something was removed from it in that very moment.`;
    throw new UserError('BACKUP_FAILED', message, {
      hint: 'Run the backup again, or take it while the platform is stopped. No file was left.',
      cause: error,
    });
  }
}

/** The output of a program, which must end well. */
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
    throw new UserError('BACKUP_FAILED', `${what} ended with ${exitCode}: ${said}`);
  } finally {
    await child.kill();
  }
}

/**
 * Passes a tar archive through and looks whether it is whole: docker ends one early, and with success, where a file
 * goes away while it is read.
 * @throws Error at its end
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
  if (!ended) throw new Error('the archive ends too early');
}
