import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Context, withoutCancellation } from '../context.ts';
import { UserError } from '../errors.ts';
import { backupsFile, readRecord } from '../installation/backup-record.ts';
import { type Home, homeFile, parseHome, stringifyHome } from '../installation/home.ts';
import { identityOf, type Lock, parseLock } from '../installation/lock.ts';
import { readLock } from '../installation/read-installation.ts';
import { listFolder, readOwnText, readText, withoutLinks } from '../lib/fs/files.ts';
import { quoted } from '../lib/terminal/words.ts';
import { lockFile } from '../release/layout.ts';
import { replaceState } from '../transaction/own-state.ts';
import { createVolume, inspectVolumes, removeVolumes } from './compose-commands.ts';
import { containersOf, mustBeOneProject } from './containers.ts';
import type { ComposeProject } from './docker.ts';
import {
  type ComposeModel,
  type ComposeVolume,
  type EngineVolume,
  parseVolumes,
  type ServiceContainer,
} from './docker-answers.ts';
import {
  identityLabel,
  judgeOwnership,
  type OwnerProblem,
  type Ownership,
  type OwnershipFacts,
  ownerIn,
  ownerLabels,
  ownerOfLock,
  ownerProblems,
  ownerVolume,
  placeOf,
} from './owner.ts';
import { failureOf, mustDocker, question, tryDocker } from './run-docker.ts';

/** Whose containers and data these are: asked before anything starts, stops or is removed. */

/** @throws UserError COMPOSE_PROJECT_DIFFERS, LOCK_INVALID, DOCKER_ENGINE_UNREACHABLE */
export async function lookAtOwnership(
  context: Context,
  project: ComposeProject,
  model?: Pick<ComposeModel, 'volumes'>,
): Promise<Ownership> {
  await mustBeOneProject(context, project);
  return judgeOwnership(await gatherOwnership(context, project, model));
}

/**
 * The facts, without a look at other projects.
 * @param also names of further volumes, which exist
 */
export async function gatherOwnership(
  context: Context,
  { name, folder }: Pick<ComposeProject, 'name' | 'folder'>,
  model?: Pick<ComposeModel, 'volumes'>,
  also: readonly string[] = [],
): Promise<OwnershipFacts> {
  const lock = await readLock(folder);
  const home = await readHome(folder, lock);
  const wanted = model?.volumes;
  const names = [
    ...also,
    ...(wanted ?? []).map((volume) => volume.name),
    ...Object.values(home?.volumes ?? {}).map((volume) => volume.name),
  ];
  const [found, containers] = await Promise.all([
    presentVolumes(context, [ownerVolume(name), ...new Set(names)]),
    containersOf(context, name),
  ]);
  const listed = also.map((volume): [string, EngineVolume] => [volume, { labels: {} }]);
  const { [ownerVolume(name)]: own, ...present } = Object.fromEntries([...listed, ...found]);
  const labels = own === undefined ? undefined : ownerIn(own.labels);
  const owner = labels && { ...labels, ...(own?.createdAt && { createdAt: own.createdAt }) };
  const identity = identityOf(lock);
  const isOther = (unreadable: boolean) => (path: string) =>
    isSameInstallation(path, folder, identity).catch((error: unknown) => {
      if (error instanceof UserError) return unreadable;
      throw error;
    });
  // A folder that was moved meanwhile does not exist any more.
  const realPath = (path: string) => withoutLinks(path).catch(() => path);
  const startedIn = [...new Set(containers.flatMap(({ workingDir }) => workingDir ?? []))];
  const started = (await Promise.all(startedIn.map(realPath))).map(dirname);
  const running = await filtered(started, isOther(true));
  const last = owner?.folder ?? home?.folder;
  const known =
    last === undefined
      ? await filtered(await siblings(folder), isOther(false))
      : await filtered([last], isOther(true));
  const facts = { folder, lock, home, owner, present: new Map(Object.entries(present)), wanted };
  const others = [...new Set([...running, ...known])];
  return { ...facts, others, running, startedHere: started.includes(folder) };
}

async function filtered(
  paths: readonly string[],
  test: (path: string) => Promise<boolean>,
): Promise<string[]> {
  const results = await Promise.all(paths.map(test));
  return paths.filter((_, index) => results[index]);
}

/**
 * Whether another folder holds the installation too. The same folder can have two paths (a bind mount).
 * @throws UserError if that cannot be read
 */
async function isSameInstallation(
  path: string,
  folder: string,
  identity: string,
): Promise<boolean> {
  if (path === folder) return false;
  const file = join(path, lockFile);
  const text = await readText(file);
  if (text === undefined || identityOf(parseLock(text, file)) !== identity) return false;
  const [there, here] = await Promise.all([stat(file), stat(join(folder, lockFile))]);
  return there.ino !== here.ino || there.dev !== here.dev;
}

/** Folders beside it. What an earlier `uninstall` renamed no longer needs the data. */
async function siblings(folder: string): Promise<string[]> {
  const parent = dirname(folder);
  const names = (await listFolder(parent).catch(() => undefined)) ?? [];
  return names
    .filter((name) => !name.startsWith('.') && !/\.removed-/.test(name))
    .map((name) => join(parent, name));
}

async function presentVolumes(
  context: Context,
  names: readonly string[],
): Promise<ReadonlyMap<string, EngineVolume>> {
  const finished = await tryDocker(context, inspectVolumes(names), question);
  if (finished.exitCode !== 0 && !/no such volume/i.test(finished.stderr)) {
    throw await failureOf(context, finished, 'docker volume inspect');
  }
  const found = parseVolumes(finished.stdout.trim() || '[]');
  return new Map([...found].map(([name, volume]) => [name, inUtc(volume)]));
}

/** The engine prints the time in its own zone, which can change. */
function inUtc({ createdAt, labels }: EngineVolume): EngineVolume {
  const instant = new Date(createdAt ?? '');
  return Number.isNaN(instant.valueOf())
    ? { labels }
    : { createdAt: instant.toISOString(), labels };
}

/**
 * Stops a command in a folder that does not own the containers and the data.
 * @throws UserError INSTALLATION_COPIED, VOLUME_FOREIGN, and as `lookAtOwnership`
 */
export async function mustOwn(
  context: Context,
  project: ComposeProject,
  model?: Pick<ComposeModel, 'volumes'>,
): Promise<Ownership> {
  const ownership = await lookAtOwnership(context, project, model);
  await refuseForeign(project.folder, ownership);
  return ownership;
}

/** @throws UserError INSTALLATION_COPIED, VOLUME_FOREIGN */
export async function refuseForeign(folder: string, ownership: Ownership): Promise<void> {
  await refuse(folder, ownership, ['INSTALLATION_COPIED', 'VOLUME_FOREIGN']);
}

/**
 * Stops a command that needs the data.
 * @throws UserError DATA_GONE with the last backup
 */
export async function mustHaveData(folder: string, ownership: Ownership): Promise<void> {
  const backup = readRecord(await readText(join(folder, backupsFile))).at(-1);
  const back =
    backup === undefined
      ? 'No backup is recorded.'
      : `The last backup is from ${backup.createdAt}: proto-scaffold restore ${quoted(backup.file)}.`;
  await refuse(folder, ownership, ['DATA_GONE'], back);
}

/** @throws UserError RELEASE_OLDER */
export async function refuseOlderRelease(folder: string, ownership: Ownership): Promise<void> {
  await refuse(folder, ownership, ['RELEASE_OLDER']);
}

async function refuse(
  folder: string,
  ownership: Ownership,
  codes: readonly OwnerProblem['code'][],
  before = '',
): Promise<void> {
  const problems = ownerProblems(folder, await readLock(folder), ownership);
  const found = problems.find(({ code }) => codes.includes(code));
  if (found?.code === undefined) return;
  throw new UserError(found.code, found.message, { hint: `${before} ${found.hint}`.trim() });
}

/**
 * Creates the volumes that do not exist, as Compose would, with the identity of the installation. In the Compose file
 * that label would forbid `external: true` in an override, and newer versions of Compose offer to delete a volume whose
 * labels differ from the file.
 */
export async function createVolumes(
  context: Context,
  { name: project, folder }: ComposeProject,
  volumes: readonly ComposeVolume[],
): Promise<void> {
  const own = new Map(volumes.filter(({ special }) => !special).map((one) => [one.name, one]));
  if (own.size === 0) return;
  const identity = identityOf(await readLock(folder));
  const present = await presentVolumes(context, [...own.keys()]);
  for (const { key, name, labels } of own.values()) {
    if (present.has(name)) continue;
    const ours = {
      ...labels,
      'com.docker.compose.project': project,
      'com.docker.compose.volume': key,
      [identityLabel]: identity,
    };
    await mustDocker(context, createVolume(name, ours), name);
  }
}

/** Where a service has its data. */
export interface DataUse {
  readonly service: string;
  readonly target: string;
  /** The volume in the engine. */
  readonly name: string;
}

/** The volumes of containers. */
export function usesOf(containers: readonly ServiceContainer[]): DataUse[] {
  return containers.flatMap(({ service, volumes }) =>
    volumes.map(({ name, target }) => ({ service, target, name })),
  );
}

/**
 * Records before the platform goes down what runs. Data that is gone, or was used with a newer release, stays recorded
 * as that. A failure is not a reason to leave the platform running.
 * @param containers of the platform
 */
export async function noteUse(
  context: Context,
  project: Pick<ComposeProject, 'name' | 'folder'>,
  containers: readonly ServiceContainer[],
): Promise<void> {
  if (containers.length === 0) return;
  await tellingOnly(context, async () => {
    const ownership = judgeOwnership(await gatherOwnership(context, project));
    const lock = await readLock(project.folder);
    const problems = ownerProblems(project.folder, lock, ownership);
    if (problems.some(({ code }) => code !== undefined)) return;
    tellOfAdopted(context, project.folder, ownership);
    await recordUse(context, project, usesOf(containers));
  });
}

export function tellOfAdopted(
  { reporter }: Pick<Context, 'reporter'>,
  folder: string,
  { unowned }: Ownership,
): void {
  if (unowned.length === 0) return;
  const volumes = unowned.join(', ');
  reporter.notice(
    `The volumes ${volumes} had no owner. They are now recorded as data of ${folder}.`,
  );
}

/** Reports a failure to record, and goes on. */
export async function tellingOnly(
  { reporter }: Pick<Context, 'reporter'>,
  record: () => Promise<void>,
): Promise<void> {
  try {
    await record();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    reporter.notice(`The owner of the data could not be recorded: ${error.message}`);
  }
}

/**
 * Records that this installation uses the data as it is now, in the engine and in its own folder. Says so if the folder
 * has changed.
 * @param uses where its services have data now; without any, only what is known is refreshed
 */
export async function recordUse(
  cancellable: Context,
  project: Pick<ComposeProject, 'name' | 'folder'>,
  uses: readonly DataUse[],
): Promise<void> {
  const context = withoutCancellation(cancellable);
  const { name, folder } = project;
  const lock = await readLock(folder);
  const home = await readHome(folder, lock);
  const ours = uses.filter(({ service }) => lock.images[service] !== undefined);
  const places = new Map([
    ...Object.entries(home?.volumes ?? {}).map(([place, volume]) => [place, volume.name] as const),
    ...ours.map((use) => [placeOf(use.service, use.target), use.name] as const),
  ]);
  const names = [ownerVolume(name), ...new Set(places.values())];
  let present = await presentVolumes(context, names);
  const labels = ownerLabels(ownerOfLock(folder, lock));
  const before = present.get(ownerVolume(name));
  if (!isDeepStrictEqual(before?.labels, labels)) {
    tellOfMove(context, folder, before, home);
    await replaceOwner(context, name, before, labels);
    present = await presentVolumes(context, names);
  }
  const volumes = Object.fromEntries(
    [...places].flatMap(([place, volume]) => {
      const found = present.get(volume);
      const known = home?.volumes[place];
      if (found === undefined) return known === undefined ? [] : [[place, known] as const];
      const { createdAt } = found;
      return [[place, { name: volume, ...(createdAt && { createdAt }) }] as const];
    }),
  );
  const ownerCreatedAt = present.get(ownerVolume(name))?.createdAt;
  const hasData = Object.keys(volumes).length > 0;
  const since = home?.since ?? (hasData ? new Date().toISOString() : undefined);
  await writeHome(folder, home, {
    installation: identityOf(lock),
    folder,
    ...(since !== undefined && { since }),
    volumes,
    ...(ownerCreatedAt !== undefined && { ownerCreatedAt }),
  });
}

/** Docker cannot change labels. If the new volume cannot be created, the old one is. */
async function replaceOwner(
  context: Context,
  project: string,
  before: EngineVolume | undefined,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const name = ownerVolume(project);
  if (before !== undefined) await mustDocker(context, removeVolumes([name]), name);
  try {
    await mustDocker(context, createVolume(name, labels), name);
  } catch (error) {
    if (before !== undefined) await tryDocker(context, createVolume(name, before.labels));
    throw error;
  }
}

function tellOfMove(
  { reporter }: Context,
  folder: string,
  before: EngineVolume | undefined,
  home: Home | undefined,
): void {
  const last = (before && ownerIn(before.labels)?.folder) ?? home?.folder;
  if (last === undefined || last === folder) return;
  reporter.notice(
    `The installation was last used in ${last}. From now on, ${folder} owns its data.`,
  );
}

/** Forgets the data of before, so that the platform may begin with empty volumes. */
export async function forgetData(folder: string): Promise<void> {
  const lock = await readLock(folder);
  const empty = { installation: identityOf(lock), folder, volumes: {} };
  await replaceState(join(folder, homeFile), stringifyHome(empty));
}

/** @returns `undefined` if there is none, or that of the installation that this one was copied from */
async function readHome(folder: string, lock: Lock): Promise<Home | undefined> {
  const file = join(folder, homeFile);
  const text = await readOwnText(file);
  const home = text === undefined ? undefined : parseHome(text, file);
  return home?.installation === identityOf(lock) ? home : undefined;
}

async function writeHome(
  folder: string,
  before: Home | undefined,
  after: Omit<Home, 'formatVersion'>,
): Promise<void> {
  const text = stringifyHome(after);
  if (before !== undefined && stringifyHome(before) === text) return;
  await replaceState(join(folder, homeFile), text);
}
