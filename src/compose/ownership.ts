import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { backupsFile, readRecord } from '../installation/backup-record.ts';
import { type Home, homeFile, parseHome, stringifyHome } from '../installation/home.ts';
import { identityOf, parseLock } from '../installation/lock.ts';
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
  const home = await readHome(folder);
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
  const isOther = (path: string) => isSameInstallation(path, folder, identity);
  const startedIn = [...new Set(containers.flatMap(({ workingDir }) => workingDir ?? []))];
  // A folder that was moved meanwhile does not exist any more.
  const realPath = (path: string) => withoutLinks(path).catch(() => path);
  const running = await filtered(
    (await Promise.all(startedIn.map(realPath))).map(dirname),
    isOther,
  );
  const last = owner?.folder ?? home?.folder;
  const candidates = last === undefined ? await siblings(folder) : [last];
  const others = [...new Set([...running, ...(await filtered(candidates, isOther))])];
  const facts = { folder, lock, home, owner, present: new Map(Object.entries(present)), wanted };
  return { ...facts, others, running };
}

async function filtered(
  paths: readonly string[],
  test: (path: string) => Promise<boolean>,
): Promise<string[]> {
  const results = await Promise.all(paths.map(test));
  return paths.filter((_, index) => results[index]);
}

/**
 * Whether another folder holds the installation too. One that cannot be read may hold it. The same folder can have two
 * paths (a bind mount).
 */
async function isSameInstallation(
  path: string,
  folder: string,
  identity: string,
): Promise<boolean> {
  if (path === folder) return false;
  const file = join(path, lockFile);
  try {
    const text = await readText(file);
    if (text === undefined || identityOf(parseLock(text, file)) !== identity) return false;
    const [there, here] = await Promise.all([stat(file), stat(join(folder, lockFile))]);
    return there.ino !== here.ino || there.dev !== here.dev;
  } catch (error) {
    if (error instanceof UserError) return true;
    throw error;
  }
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
  return parseVolumes(finished.stdout.trim() || '[]');
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
 * Records that this installation uses the data, in the engine and in its own folder. Says so if the folder has changed.
 * @param uses where its services have data now; without any, only the owner is recorded
 */
export async function recordUse(
  context: Context,
  project: Pick<ComposeProject, 'name' | 'folder'>,
  uses: readonly DataUse[],
): Promise<void> {
  const { name, folder } = project;
  const lock = await readLock(folder);
  const home = await readHome(folder);
  const ours = uses.filter(({ service }) => lock.images[service] !== undefined);
  const names = [ownerVolume(name), ...new Set(ours.map((use) => use.name))];
  let present = await presentVolumes(context, names);
  const labels = ownerLabels(ownerOfLock(folder, lock));
  const before = present.get(ownerVolume(name));
  if (!isDeepStrictEqual(before?.labels, labels)) {
    tellOfMove(context, folder, before, home);
    if (before !== undefined) await mustDocker(context, removeVolumes([ownerVolume(name)]), name);
    await mustDocker(context, createVolume(ownerVolume(name), labels), name);
    present = await presentVolumes(context, names);
  }
  const exists = ours.filter((use) => present.has(use.name));
  const volumes = Object.fromEntries(
    exists.map(({ service, target, name: volume }) => {
      const createdAt = present.get(volume)?.createdAt;
      return [placeOf(service, target), { name: volume, ...(createdAt && { createdAt }) }];
    }),
  );
  const ownerCreatedAt = present.get(ownerVolume(name))?.createdAt;
  const since = home?.since ?? (exists.length > 0 ? new Date().toISOString() : undefined);
  await writeHome(folder, home, {
    folder,
    ...(since !== undefined && { since }),
    volumes: { ...home?.volumes, ...volumes },
    ...(ownerCreatedAt !== undefined && { ownerCreatedAt }),
  });
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
  await writeHome(folder, await readHome(folder), { folder, volumes: {} });
}

async function readHome(folder: string): Promise<Home | undefined> {
  return parseHome(await readOwnText(join(folder, homeFile)));
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
