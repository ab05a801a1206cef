import { dirname, join } from 'node:path';
import { backupsFile, readRecord } from '../backup/record.ts';
import { projectNetworks, projectVolumes } from '../compose/compose-commands.ts';
import { containersOf } from '../compose/containers.ts';
import { parseNames } from '../compose/docker-answers.ts';
import { docker, mustHaveDocker, volumesOf } from '../compose/platform.ts';
import { mustBeOurs, projectOf } from '../compose/take-down-all.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { isReadable, listFolder, permissions, readText } from '../lib/fs/files.ts';
import { isMountPoint, mustBeWritable } from '../lib/fs/place.ts';
import { gatherNginxLinks } from '../nginx/nginx-links.ts';
import type { UninstallInput } from './plan-uninstall.ts';

export interface GatheredUninstall {
  readonly input: UninstallInput;
  /** The Compose project. */
  readonly project: string;
}

/**
 * Looks at all that the installation has made on this host. Nothing is changed.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE: what it made in the engine would stay behind unseen; FOLDER_READ_ONLY;
 *   INSTALLATION_COPIED; NGINX_INCLUDES_SITE
 */
export async function gatherUninstall(
  context: Context,
  folder: string,
  data: boolean,
): Promise<GatheredUninstall> {
  const lock = await readLock(folder);
  await mustHaveDocker(context, { engine: true });
  await mustBeWritable(dirname(folder));
  if (await isMountPoint(folder)) {
    throw new UserError('PATH_IN_THE_WAY', `${folder} is where a disk is mounted.`, {
      hint: 'It can not be moved or removed: stop the platform with `proto-scaffold stop`, and unmount the disk.',
    });
  }
  const project = await projectOf(context, folder, lock.project);
  const containers = await containersOf(context, project);
  await mustBeOurs(folder, containers);
  if (data) await mustHaveDataAlone(folder, project);
  // Asked for by itself: where it fails, nothing must be taken for gone.
  await docker(context, projectVolumes(project), project);
  const networks = await docker(context, projectNetworks(project), project);
  const recorded = readRecord(await readText(join(folder, backupsFile)));
  const present = await Promise.all(recorded.map(({ file }) => isReadable(file)));
  return {
    project,
    input: {
      installation: folder,
      data,
      containers: containers.map(({ name }) => name),
      networks: parseNames(networks.stdout),
      volumes: await volumesOf(context, project),
      ...(await gatherNginxLinks(context, folder)),
      backups: recorded.filter((_, index) => present[index]).map(({ file }) => file),
      movedTo: await freeName(`${folder}.removed-${new Date().toISOString().slice(0, 10)}`),
    },
  };
}

/**
 * Volumes go by the Compose project, which a copy of the folder has, too. One that was moved aside by an earlier
 * `uninstall` needs them no more.
 * @throws UserError INSTALLATION_COPIED
 */
async function mustHaveDataAlone(folder: string, project: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of (await listFolder(parent)) ?? []) {
    const other = join(parent, name);
    if (other === folder || name.startsWith('.') || /\.removed-/.test(name)) continue;
    const lock = await readLock(other).catch(() => undefined);
    if (lock?.project !== project) continue;
    const message = `${other} is an installation of the same Compose project: its data would go, too.`;
    throw new UserError('INSTALLATION_COPIED', message, {
      hint: 'One of the two is a copy, which needs no uninstall: remove its folder by hand, or move it to another place. Then this command removes the other.',
    });
  }
}

async function freeName(path: string, n = 1): Promise<string> {
  const name = n === 1 ? path : `${path}-${n}`;
  return (await permissions(name)) === undefined ? name : freeName(path, n + 1);
}
