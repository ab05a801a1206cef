import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { type Lock, parseLock } from '../installation/lock.ts';
import { listFolder, readText, withoutLinks } from '../lib/fs/files.ts';
import { lockFile } from '../release/layout.ts';
import { listHistory } from '../transaction/history.ts';
import { inspectVolumes } from './compose-commands.ts';
import { backendOf } from './docker.ts';
import { parseVolumes } from './docker-answers.ts';
import {
  dockerImages,
  dockerRemoveImage,
  type OthersNeed,
  ownerVolumes,
  prunableImages,
  startFolders,
} from './docker-prune.ts';
import { overrideNames } from './override.ts';
import { type Owner, ownerIn } from './owner.ts';
import { mustDocker, tryDocker } from './run-docker.ts';

/**
 * Removes this platform's images that neither the current state nor a state in history needs. Images belong to the whole
 * host: what another installation may need stays.
 */
export async function pruneImages(context: Context, installation: string): Promise<void> {
  const { reporter } = context;
  const locks = await locksOf(installation);
  const others = await othersNeed(context, installation);
  const places = new Set(locks.map(({ registry, namespace }) => `${registry} ${namespace}`));
  for (const place of places) {
    const [registry = '', namespace = ''] = place.split(' ');
    const listed = await mustDocker(context, dockerImages(registry, namespace), 'docker image ls');
    for (const image of prunableImages(listed.stdout, locks, others)) {
      const { exitCode, stderr } = await tryDocker(context, dockerRemoveImage(image));
      if (exitCode === 0) reporter.step(`Removed ${image}`);
      // A container may still use it. That must not fail a completed update.
      else reporter.notice(`Could not remove ${image}: ${stderr.trim().split('\n')[0]}`);
    }
  }
}

/** The lock files of the current state and of every state in history. */
async function locksOf(installation: string): Promise<Lock[]> {
  const folders = (await listHistory(installation)).map(({ n }) => `.proto/history/${n}/lock.json`);
  const kept = await Promise.all(
    [lockFile, ...folders].map(async (path) => {
      const text = await readText(join(installation, path));
      return text === undefined ? [] : [parseLock(text, path)];
    }),
  );
  return kept.flat();
}

/** Other installations, as the engine, the containers and the folders beside this one show them. */
async function othersNeed(context: Context, installation: string): Promise<OthersNeed> {
  const owners = await ownersOnEngine(context);
  const { stdout } = await mustDocker(context, startFolders(), 'docker ps');
  const backends = stdout.split('\n').filter((path) => path.startsWith('/'));
  const parent = dirname(installation);
  const beside = (await listFolder(parent).catch(() => [])) ?? [];
  const folders = [
    ...owners.map(({ folder }) => folder),
    ...(await Promise.all(backends.map((path) => withoutLinks(path).catch(() => path)))).map(
      dirname,
    ),
    ...beside.map((name) => join(parent, name)),
  ];
  const others = [...new Set(folders)].filter((folder) => folder !== installation);
  const locks = await Promise.all(others.map((folder) => readableLocks(context, folder, owners)));
  const versions = owners.flatMap((owner) => Object.values(owner.versions));
  const named = await Promise.all([installation, ...others].map(digestsInFiles));
  const digests = [...versions.map(({ digest }) => digest), ...named.flat()];
  return { locks: locks.flat(), digests: new Set(digests) };
}

/** What the Compose files name, because a service that a release dropped can stay there. */
async function digestsInFiles(folder: string): Promise<string[]> {
  const files = ['docker-compose.yml', ...overrideNames].map((name) =>
    join(backendOf(folder), name),
  );
  const texts = await Promise.all(files.map((file) => readText(file).catch(() => undefined)));
  return texts.flatMap((text) => text?.match(/sha256:[0-9a-f]{64}/g) ?? []);
}

async function ownersOnEngine(context: Context): Promise<Owner[]> {
  const { stdout } = await mustDocker(context, ownerVolumes(), 'docker volume ls');
  const names = stdout.split('\n').filter((name) => name !== '');
  if (names.length === 0) return [];
  const inspected = await mustDocker(context, inspectVolumes(names), 'docker volume inspect');
  const volumes = [...parseVolumes(inspected.stdout.trim() || '[]').values()];
  return volumes.flatMap(({ labels }) => ownerIn(labels) ?? []);
}

/** Of an installation that cannot be read, only what the engine says is kept. */
async function readableLocks(
  { reporter }: Context,
  folder: string,
  owners: readonly Owner[],
): Promise<Lock[]> {
  try {
    return await locksOf(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (owners.some((owner) => owner.folder === folder)) {
      reporter.notice(
        `The installation in ${folder} cannot be read. The images that it uses are kept, but not those of its earlier states.`,
      );
    }
    return [];
  }
}
