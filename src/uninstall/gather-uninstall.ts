import { basename, dirname, join } from 'node:path';
import { backupsFile, readRecord } from '../backup/record.ts';
import { projectNetworks } from '../compose/compose-commands.ts';
import { composeProject } from '../compose/compose-project.ts';
import { containersOf } from '../compose/containers.ts';
import type { ComposeProject } from '../compose/docker.ts';
import { parseNames } from '../compose/docker-answers.ts';
import { mustHaveDocker, volumesOf } from '../compose/platform.ts';
import { mustDocker } from '../compose/run-docker.ts';
import { mustBeOurs } from '../compose/take-down-all.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { isReadable, listFolder, permissions, readText } from '../lib/fs/files.ts';
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
 *   INSTALLATION_COPIED; NGINX_INCLUDES_SITE
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
  await mustBeOurs(folder, containers);
  if (data) await requireUnsharedData(folder, name);
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
      volumes: await volumesOf(context, name),
      ...(await gatherNginxLinks(context, folder)),
      backups: recorded.filter((_, index) => present[index]).map(({ file }) => file),
      staysEmpty,
      movedTo: await (staysEmpty
        ? freeName(join(folder, 'removed'), today, isUnfinished)
        : freeName(folder, `.removed${today}`)),
    },
  };
}

/**
 * Volumes belong to the Compose project, and a copy of the folder has the same project. A folder that an earlier
 * `uninstall` renamed no longer needs them.
 * @throws UserError INSTALLATION_COPIED
 */
async function requireUnsharedData(folder: string, project: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of (await listFolder(parent)) ?? []) {
    const other = join(parent, name);
    if (other === folder || name.startsWith('.') || /\.removed-/.test(name)) continue;
    const lock = await readLock(other).catch(() => undefined);
    if (lock?.project !== project) continue;
    const message = `${other} is an installation with the same Compose project. Its data would also be removed.`;
    throw new UserError('INSTALLATION_COPIED', message, {
      hint: 'One of the two is a copy. Delete the folder of the copy, or move it to another parent folder. Then run this command again for the other one.',
    });
  }
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
