import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Context } from '../context.ts';
import { changedAt } from '../lib/fs/files.ts';
import { composeHashes } from './compose-commands.ts';
import { composeProject } from './compose-project.ts';
import { backendOf, type ComposeProject } from './docker.ts';
import type { ServiceContainer } from './docker-answers.ts';
import { type FileUses, unlikeCopies } from './reload.ts';
import { question, tryDocker } from './run-docker.ts';
import type { StaleService } from './service-health.ts';

/**
 * Services read their files at start, so a later edit does not count until they are restarted or reloaded. A file that the
 * program or an editor replaced is not even the one that the container has. The copies that a service reads again are
 * compared with the files, and the settings of its container with the Compose files.
 * @param folder of the installation
 */
export async function staleServices(
  context: Context,
  folder: string,
  containers: readonly ServiceContainer[],
  uses: FileUses,
): Promise<StaleService[]> {
  const running = containers.filter(({ state }) => state === 'running');
  const project = await composeProject(folder, { renamed: true });
  const hashes = await settingHashes(context, project);
  const all = await Promise.all(
    running.map(async (container): Promise<StaleService> => {
      const { service, startedAt, files, configHash, workingDir } = container;
      // Of another folder, the paths differ, and another finding says so.
      const wanted = workingDir === backendOf(folder) ? hashes.get(service) : undefined;
      if (wanted !== undefined && configHash !== '' && configHash !== wanted) {
        return { service, files: project.files.map((file) => `backend/${file}`), by: 'start' };
      }
      const { reload, once = [] } = uses.get(service) ?? {};
      const unlike = reload && (await unlikeCopies(context, container, reload));
      const since = Date.parse(startedAt);
      const own = files.filter(
        ({ source, target }) =>
          (source.startsWith(`${folder}/`) || target.startsWith('/run/secrets/')) &&
          !once.includes(target),
      );
      const stale: string[] = [];
      for (const { source, target } of own) {
        const differs = unlike?.get(target);
        const isStale = differs ?? ((await isFile(source)) && (await changedAt(source)) > since);
        if (isStale) stale.push(target);
      }
      return {
        service,
        files: own
          .filter(({ target }) => stale.includes(target))
          .map(({ source }) =>
            source.startsWith(`${folder}/`) ? relative(folder, source) : source,
          )
          .sort(),
        by: stale.every((target) => unlike?.has(target) === true) ? 'reload' : 'restart',
      };
    }),
  );
  return all.filter(({ files }) => files.length > 0);
}

/** By service; empty if Compose cannot say. */
async function settingHashes(
  context: Context,
  project: ComposeProject,
): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stdout } = await tryDocker(context, composeHashes(project), question);
  if (exitCode !== 0) return new Map();
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return new Map(lines.map(([service = '', hash = '']) => [service, hash]));
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
