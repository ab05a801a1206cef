import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { ownerOf, pathOwner } from '../lib/fs/ownership.ts';
import { readPlain } from '../lib/fs/read-file.ts';
import { withTemporaryFolder } from '../lib/fs/temporary-folder.ts';
import { type Command, type Finished, run } from '../lib/process/process.ts';
import { processStat } from '../lib/process/process-table.ts';
import { nginxFile } from '../release/layout.ts';
import {
  isolatedConf,
  isolatedSite,
  isolatedText,
  type NginxBuild,
  type NginxVerdict,
  nginxBuild,
  nginxTest,
  parseBuild,
  readVerdict,
} from './nginx.ts';
import type { NginxPlan } from './plan-nginx.ts';
import { linkAll } from './site-links.ts';
import { certificatePaths, siteFaults } from './site-rules.ts';

/**
 * Runs nginx or systemctl. Both may be outside of an ordinary user's PATH.
 * @param interruptible false if the outcome would be unknown after Ctrl-C
 * @throws UserError NGINX_NOT_FOUND
 */
export async function runNginx(
  { env, signal, reporter }: Context,
  command: Command,
  interruptible = true,
): Promise<Finished> {
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  const PATH = `${env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;
  try {
    return await run(command, { env: { ...env, PATH }, ...(interruptible && { signal }) });
  } catch (error) {
    const missing = error instanceof UserError && error.code === 'PROGRAM_NOT_FOUND';
    if (!missing || command.program !== 'nginx') throw error;
    throw new UserError('NGINX_NOT_FOUND', 'nginx was not found on this host.', { cause: error });
  }
}

/** @throws UserError NGINX_NOT_FOUND */
export async function findNginx(context: Context): Promise<NginxBuild> {
  const { stdout, stderr } = await runNginx(context, nginxBuild);
  return parseBuild(`${stdout}\n${stderr}`);
}

/**
 * What root installs as a part of nginx's configuration must not give root's rights to the owner of the installation.
 * @param text the future nginx/proto.conf; `before` its content on the disk, in which the operator looks the lines up
 * @throws UserError NGINX_SITE_UNSAFE with the lines
 */
export async function mustBeHarmless(
  installation: string,
  text: string,
  before = '',
): Promise<void> {
  const { uid } = await ownerOf(installation);
  const owners = await Promise.all(certificatePaths(text).map(pathOwner));
  const owned = owners.flatMap((file) => (file?.uid === uid ? [file.path] : []));
  const ground = { installation, owned: new Set(owned) };
  const future = siteFaults(text, ground);
  if (future.length === 0) return;
  const found = new Set(future.map(({ message }) => message));
  const present = siteFaults(before, ground).filter(({ message }) => found.has(message));
  const faults = present.length > 0 ? present : future;
  const message = `${nginxFile} could give root's rights to whoever can change it. Nothing was changed.`;
  throw new UserError('NGINX_SITE_UNSAFE', message, { faults });
}

/**
 * Lets nginx test the future nginx/proto.conf in isolation: without other sites, and writing only to a folder that is
 * deleted afterwards. Names relative to nginx's own folder resolve there.
 * @param allFollows a test of nginx's whole configuration follows
 * @returns `undefined` if only that test can decide
 * @throws UserError NGINX_SITE_INVALID with nginx's messages and the lines; ROOT_NEEDED if a key cannot be read
 */
export async function testSite(
  context: Context,
  build: NginxBuild,
  { text, plan }: NginxPlan,
  allFollows: boolean,
): Promise<NginxVerdict | undefined> {
  return withTemporaryFolder(context, async ({ folder, put }) => {
    await put('nginx.conf', isolatedConf(folder, build, text));
    await put(isolatedSite, isolatedText(folder, text));
    await linkAll(dirname(build.conf), folder);
    const { exitCode, stderr } = await runNginx(context, nginxTest(folder));
    const names = new Map([[join(folder, isolatedSite), { file: nginxFile, above: 0 }]]);
    const verdict = readVerdict(exitCode, stderr, names);
    if (verdict.ok) return verdict;
    if (!allFollows || !verdict.namesUnknown) {
      throw refused(context, verdict, plan.files.length > 0);
    }
    const words = verdict.faults.map(({ message }) => message).join('; ');
    context.reporter.notice(
      `nginx rejects ${nginxFile} when it is tested alone: ${words}. During installation, nginx tests its whole configuration.`,
    );
    return undefined;
  });
}

/** @param planned the tested content has not been written yet */
function refused(
  { root }: Context,
  { keyUnreadable, namesUnknown, faults }: NginxVerdict,
  planned: boolean,
): UserError {
  if (keyUnreadable && !root) {
    const message =
      'You do not have permission to read the certificate or its key, which nginx must read.';
    const hint = 'Run the test with sudo: sudo proto-scaffold nginx --test';
    return new UserError('ROOT_NEEDED', message, { hint, faults });
  }
  const message = planned
    ? `nginx would reject the new ${nginxFile}. Nothing was changed.`
    : `nginx rejects ${nginxFile}.`;
  const hint = namesUnknown
    ? "The file was tested alone. If it uses definitions from this host's nginx.conf, run: sudo proto-scaffold nginx --install. That tests the whole configuration, and restores the previous state if nginx rejects it."
    : undefined;
  return new UserError('NGINX_SITE_INVALID', message, { faults, ...(hint && { hint }) });
}

/** The nginx that runs on this host. */
export interface RunningNginx {
  /** Of the master process. */
  readonly pid: number;
  /** Its workers, by process id. Loading a configuration starts new ones. */
  readonly workers: readonly number[];
  /** When the newest of them started, in milliseconds since 1970, accurate to some hundredths of a second. */
  readonly since: number;
}

/** The nginx whose process id is in a file; `undefined` if it is not running. */
export async function runningNginx(pidFile: string): Promise<RunningNginx | undefined> {
  const text = await textOf(pidFile);
  const pid = Number(/^\d+$/.exec(text.trim())?.[0] ?? 0);
  if (pid === 0 || !/^nginx/.test(await procFile(pid, 'comm'))) return undefined;
  const children = (await procFile(pid, `task/${pid}/children`)).split(' ').filter(Boolean);
  const workers = children.map(Number);
  // Without workers (master_process off), its own start time counts.
  const starts = await Promise.all([pid, ...workers].map(startOf));
  return { pid, workers, since: Math.max(...starts) };
}

/** In milliseconds since 1970. */
async function startOf(pid: number): Promise<number> {
  const ticks = Number((await processStat(pid))?.ticks ?? 0);
  const uptime = Number((await textOf('/proc/uptime')).split(' ')[0] ?? 0);
  return Date.now() - uptime * 1000 + ticks * 10;
}

async function procFile(pid: number, name: string): Promise<string> {
  return textOf(`/proc/${pid}/${name}`);
}

async function textOf(path: string): Promise<string> {
  return readPlain(path).then(String, () => '');
}
