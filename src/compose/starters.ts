import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readPlain } from '../lib/fs/read-file.ts';
import { containersOf } from './containers.ts';
import { backendOf, type ComposeProject } from './docker.ts';
import type { ServiceContainer } from './docker-answers.ts';

/** What starts the platform while we stop it: a supervisor, or another operator. */

/** Something that starts the platform in a loop usually does so within this time, in milliseconds. */
const patience = 1_000;

/**
 * Checks that the platform is down after it was taken down: at once, and again a moment later.
 * @throws UserError PLATFORM_RESTARTED with who started it
 */
export async function mustStayDown(context: Context, project: ComposeProject): Promise<void> {
  for (const wait of [0, patience]) {
    await pause(wait);
    await mustBeDown(context, project, () => true);
  }
}

/** @throws UserError PLATFORM_RESTARTED if a container of this kind exists */
export async function mustBeDown(
  context: Context,
  project: ComposeProject,
  counts: (container: ServiceContainer) => boolean = ({ state }) => state === 'running',
): Promise<void> {
  const restarted = await restartedBy(context, project, counts);
  if (restarted !== undefined) throw new UserError('PLATFORM_RESTARTED', restarted);
}

/** @returns which containers exist, and who may have started them; `undefined` if there are none */
export async function restartedBy(
  context: Context,
  project: ComposeProject,
  counts: (container: ServiceContainer) => boolean = () => true,
): Promise<string | undefined> {
  const containers = (await containersOf(context, project.name)).filter(counts);
  if (containers.length === 0) return undefined;
  const suspects = await suspectsOf(backendOf(project.folder));
  const who =
    suspects.length === 0
      ? ''
      : ` These programs run in that folder or name it, and may have done it: ${suspects.join(', ')}.`;
  return `Something started the platform again: ${containers.map(describe).join(', ')}.${who}`;
}

function describe({ name, createdAt, workingDir }: ServiceContainer): string {
  const facts = [
    ...(createdAt === '' ? [] : [`created ${createdAt}`]),
    ...(workingDir === undefined ? [] : [`from ${workingDir}`]),
  ];
  return facts.length === 0 ? name : `${name} (${facts.join(' ')})`;
}

/** The processes of this host that work in a folder or name it, but not we and what started us. */
async function suspectsOf(backend: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const self = await readlink('/proc/self').catch(() => '');
  const own = await ownLine(self);
  const found = await Promise.all(
    pids
      .filter((pid) => !own.has(pid))
      .map(async (pid) => ({ pid, is: await isAbout(pid, backend), parent: await parentOf(pid) })),
  );
  const suspects = found.filter(({ is, parent }) => is && parent !== self);
  return Promise.all(suspects.map(({ pid }) => nameOf(pid)));
}

async function isAbout(pid: string, backend: string): Promise<boolean> {
  const cwd = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
  if (cwd === backend) return true;
  const line = (await ofProcess(pid, 'cmdline')).split('\0');
  return line.some((word) => word.startsWith(backend)) && line.some((word) => /compose/.test(word));
}

/** A process and everything above it. */
async function ownLine(pid: string, line = new Set<string>()): Promise<Set<string>> {
  if (pid === '' || pid === '0' || line.has(pid)) return line;
  return ownLine(await parentOf(pid), line.add(pid));
}

/** The fourth field of proc(5)'s stat. The second one, the name, may hold anything, up to the last bracket. */
async function parentOf(pid: string): Promise<string> {
  return /^.*\) \S (\d+) /s.exec(await ofProcess(pid, 'stat'))?.[1] ?? '';
}

/** Its name and number, and its systemd unit. Not its arguments, which can contain secrets. */
async function nameOf(pid: string): Promise<string> {
  const name = (await ofProcess(pid, 'comm')).trim();
  const unit = /\/([^/\n]+\.service)(\/|$)/m.exec(await ofProcess(pid, 'cgroup'))?.[1];
  return `${name} (process ${pid}${unit === undefined ? '' : `, unit ${unit}`})`;
}

function ofProcess(pid: string, file: string): Promise<string> {
  return readPlain(join('/proc', pid, file)).then(String, () => '');
}
