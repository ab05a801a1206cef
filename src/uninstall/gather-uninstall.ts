import { dirname, join } from 'node:path';
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
import { UserError } from '../errors.ts';
import { backupsFile, readRecord } from '../installation/backup-record.ts';
import { isReadable, permissions, readText } from '../lib/fs/files.ts';
import { isMountPoint, mustBeWritable } from '../lib/fs/place.ts';
import { gatherNginxLinks } from '../nginx/nginx-links.ts';
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
  await mustBeWritable(dirname(folder));
  if (await isMountPoint(folder)) {
    throw new UserError('PATH_IN_THE_WAY', `${folder} is a mount point.`, {
      hint: 'A mount point cannot be moved or removed. Stop the platform with `proto-scaffold stop`, then unmount the disk.',
    });
  }
  const project = await composeProject(folder, { renamed: true });
  const { name } = project;
  const containers = await containersOf(context, name);
  const volumes = await volumesOf(context, name);
  const names = volumes.map((volume) => volume.name);
  const facts = await gatherOwnership(context, project, undefined, names);
  await refuseForeign(folder, judgeOwnership(facts));
  const networks = await mustDocker(context, projectNetworks(name), name);
  const recorded = readRecord(await readText(join(folder, backupsFile)));
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
      movedTo: await freeName(`${folder}.removed-${new Date().toISOString().slice(0, 10)}`),
    },
  };
}

async function freeName(path: string, n = 1): Promise<string> {
  const name = n === 1 ? path : `${path}-${n}`;
  return (await permissions(name)) === undefined ? name : freeName(path, n + 1);
}
