import { basename, dirname, join } from 'node:path';
import { backupFolder } from '../backup/choose-file.ts';
import { projectNetworks } from '../compose/compose-commands.ts';
import { composeProject } from '../compose/compose-project.ts';
import { containersOf } from '../compose/containers.ts';
import type { ComposeProject } from '../compose/docker.ts';
import { parseNames } from '../compose/docker-answers.ts';
import { judgeOwnership, ownerVolume } from '../compose/owner.ts';
import { gatherOwnership, refuseForeign } from '../compose/ownership.ts';
import { mustHaveDocker, volumesOf } from '../compose/platform.ts';
import { mustDocker } from '../compose/run-docker.ts';
import type { Context } from '../context.ts';
import { backupsFile, readRecord } from '../installation/backup-record.ts';
import { isMissing, isReadable, listFolder, permissions, readText } from '../lib/fs/files.ts';
import { isRemoved, mustBeWritable, stagesInside } from '../lib/fs/place.ts';
import { gatherNginxLinks } from '../nginx/nginx-links.ts';
import { stateFolder } from '../release/layout.ts';
import type { UninstallInput } from './plan-uninstall.ts';

export interface GatheredUninstall {
  readonly input: UninstallInput;
  readonly project: ComposeProject;
}

/**
 * Finds everything that the installation created on this host. Changes nothing.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE, because containers and volumes would be left behind; FOLDER_READ_ONLY;
 *   INSTALLATION_COPIED; VOLUME_FOREIGN; NGINX_INCLUDES_SITE
 */
export async function gatherUninstall(
  context: Context,
  folder: string,
  data: boolean,
): Promise<GatheredUninstall> {
  await mustHaveDocker(context, { engine: true });
  const staysEmpty = await stagesInside(folder);
  await mustBeWritable(
    staysEmpty ? folder : dirname(folder),
    'Get permission to list and write this folder, or run the command with sudo. Nothing was removed.',
  );
  const project = await composeProject(folder, { renamed: true });
  const { name } = project;
  const containers = await containersOf(context, name);
  const volumes = await volumesOf(context, name);
  const names = volumes.map((volume) => volume.name);
  const facts = await gatherOwnership(context, project, undefined, names);
  const ownership = judgeOwnership(facts);
  await refuseForeign(folder, ownership);
  if (data && ownership.unowned.length > 0) {
    const names = ownership.unowned.join(', ');
    context.reporter.notice(
      `It is not recorded that ${folder} owns the volumes ${names}. If it is a copy, this removes the data of the original.`,
    );
  }
  const networks = await mustDocker(context, projectNetworks(name), name);
  const recorded = readRecord(await readText(join(folder, backupsFile)));
  const today = `-${new Date().toISOString().slice(0, 10)}`;
  const present = await Promise.all(recorded.map(({ file }) => isReadable(file)));
  const existing = recorded.filter((_, index) => present[index]).map(({ file }) => file);
  return {
    project,
    input: {
      installation: folder,
      data,
      containers: containers.map(({ name }) => name),
      networks: parseNames(networks.stdout),
      volumes: [
        ...volumes,
        ...(facts.owner === undefined ? [] : [{ name: ownerVolume(name), bytes: 0 }]),
      ],
      ...(await gatherNginxLinks(context, folder)),
      backups: [...new Set([...existing, ...(await backupsIn(folder))])],
      earlier: data ? await earlierRemoved(folder, staysEmpty) : [],
      staysEmpty,
      movedTo: await (staysEmpty
        ? ((await unfinishedIn(folder)) ?? freeName(join(folder, 'removed'), today))
        : freeName(folder, `.removed${today}`)),
    },
  };
}

/** Where an interrupted `uninstall` has moved something, on whatever day: it moves the state last. */
async function unfinishedIn(folder: string): Promise<string | undefined> {
  for (const name of (await listFolder(folder)) ?? []) {
    const moved = join(folder, name);
    if (isRemoved(name) && (await isMissing(join(moved, stateFolder)))) return moved;
  }
  return undefined;
}

/** What earlier uninstalls moved there. It stays. */
async function earlierRemoved(folder: string, staysEmpty: boolean): Promise<string[]> {
  const [around, ours] = staysEmpty
    ? [folder, isRemoved]
    : [
        dirname(folder),
        (name: string) =>
          name.startsWith(`${basename(folder)}.removed-`) &&
          isRemoved(name.slice(basename(folder).length + 1)),
      ];
  const names = await listFolder(around).catch(() => undefined);
  return (names ?? []).filter(ours).map((name) => join(around, name));
}

/** The files in the default folder for backups, if that is in the installation. */
async function backupsIn(folder: string): Promise<string[]> {
  const place = await backupFolder(folder);
  if (place === dirname(folder)) return [];
  return ((await listFolder(place)) ?? []).map((name) => join(place, name));
}

/** @returns an unused path next to the folder, whose name starts like that of the folder */
async function freeName(folder: string, ending: string, n = 1): Promise<string> {
  const suffix = n === 1 ? ending : `${ending}-${n}`;
  const path = join(dirname(folder), `${fitting(basename(folder), suffix)}${suffix}`);
  return (await permissions(path)) === undefined ? path : freeName(folder, ending, n + 1);
}

/** A name, cut so that it has at most 255 bytes with its suffix. */
function fitting(name: string, suffix: string): string {
  const characters = [...name];
  while (Buffer.byteLength(characters.join('') + suffix) > 255) characters.pop();
  return characters.join('');
}
