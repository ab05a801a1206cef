import { basename, dirname, join } from 'node:path';
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
import { isReadable, permissions, readText } from '../lib/fs/files.ts';
import { mustBeWritable, stagesInside } from '../lib/fs/place.ts';
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
  await mustBeWritable(staysEmpty ? folder : dirname(folder));
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
      backups: recorded.filter((_, index) => present[index]).map(({ file }) => file),
      staysEmpty,
      movedTo: await (staysEmpty
        ? freeName(join(folder, 'removed'), today, isUnfinished)
        : freeName(folder, `.removed${today}`)),
    },
  };
}

/** An interrupted `uninstall` moves the state last. */
async function isUnfinished(moved: string): Promise<boolean> {
  return (await permissions(join(moved, stateFolder))) === undefined;
}

/** @returns a path next to the folder, whose name starts like that of the folder: unused, or to be used further */
async function freeName(
  folder: string,
  ending: string,
  isOurs = async (_path: string) => false,
  n = 1,
): Promise<string> {
  const suffix = n === 1 ? ending : `${ending}-${n}`;
  const path = join(dirname(folder), `${fitting(basename(folder), suffix)}${suffix}`);
  const isFree = (await permissions(path)) === undefined || (await isOurs(path));
  return isFree ? path : freeName(folder, ending, isOurs, n + 1);
}

/** A name, cut so that it has at most 255 bytes with its suffix. */
function fitting(name: string, suffix: string): string {
  const characters = [...name];
  while (Buffer.byteLength(characters.join('') + suffix) > 255) characters.pop();
  return characters.join('');
}
