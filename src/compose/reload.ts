import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { guarded, sha256 } from '../lib/fs/files.ts';
import { readPlain } from '../lib/fs/read-file.ts';
import type { Command } from '../lib/process/process.ts';
import type { Hosting } from '../release/hosting.ts';
import { type Release, servicesOf } from '../release/release.ts';
import type { Reload } from '../release/release-schema.ts';
import { hashCopies, switchCopies, writeCopy } from './compose-commands.ts';
import type { ServiceContainer } from './docker-answers.ts';
import { lastLines } from './docker-failures.ts';
import { question, tryDocker } from './run-docker.ts';

/** What a service does with its files while it runs. */
interface FileUse {
  /** How it reads changed files without a restart. */
  readonly reload: Reload | undefined;
  /** The mount paths of files that it reads only as it creates its data, as the database does its first password. */
  readonly once: readonly string[];
}

/** By service. */
export type FileUses = ReadonlyMap<string, FileUse>;

export function fileUsesOf(release: Release, hosting: Hosting): FileUses {
  return new Map(
    servicesOf(release, hosting).map(([name, { reload, role, secrets }]) => {
      const once = role === 'database' ? secrets.map((secret) => `/run/secrets/${secret}`) : [];
      return [name, { reload, once }];
    }),
  );
}

/**
 * Whether each file that a service has copied differs from the copy, by mount path. A file that we cannot read is absent,
 * and everything is if the container has no such copies.
 */
export async function unlikeCopies(
  context: Context,
  { id, files }: ServiceContainer,
  { copies }: Reload,
): Promise<ReadonlyMap<string, boolean>> {
  const mounts = files.filter(({ target }) => Object.hasOwn(copies, target));
  const paths = mounts.map(({ target }) => copies[target] ?? '');
  if (paths.length === 0) return new Map();
  const { exitCode, stdout } = await tryDocker(context, hashCopies(id, paths), question);
  const hashes = exitCode === 0 ? stdout.trim().split('\n') : [];
  const unlike = new Map<string, boolean>();
  for (const [index, { source, target }] of mounts.entries()) {
    const hash = /^\\?([0-9a-f]{64})\b/.exec(hashes[index] ?? '')?.[1];
    const bytes = hash && (await readPlain(source).catch(() => undefined));
    if (bytes) unlike.set(target, sha256(bytes) !== hash);
  }
  return unlike;
}

/**
 * Replaces the copies of a service that differ from its current files, and lets it read them.
 * @throws UserError RELOAD_FAILED, with the copies as they were; of the file system, if a file cannot be read
 */
export async function reloadService(
  context: Context,
  container: ServiceContainer,
  reload: Reload,
): Promise<void> {
  const { id, service, files } = container;
  const unlike = await unlikeCopies(context, container, reload);
  // Of the others, this user may not even be able to read the file.
  const changed = files.filter(({ target }) => unlike.get(target) === true);
  const copyOf = ({ target }: { readonly target: string }) => reload.copies[target] ?? '';
  const run = async (docker: Command, input: Uint8Array | string = '') => {
    const finished = await tryDocker(context, docker, { ...question, input });
    if (finished.exitCode === 0) return;
    const said = lastLines(context.reporter.redact(finished.stderr));
    throw new UserError('RELOAD_FAILED', `${service} did not accept its changed files: ${said}`);
  };
  for (const mount of changed) {
    const bytes = await guarded(mount.source, (path) => readPlain(path));
    await run(writeCopy(id, copyOf(mount)), bytes);
  }
  await run(switchCopies(id, changed.map(copyOf), reload.command));
}
