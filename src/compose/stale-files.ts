import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Context } from '../context.ts';
import { changedAt } from '../lib/fs/files.ts';
import type { ServiceContainer } from './docker-answers.ts';
import { type Reloads, unlikeCopies } from './reload.ts';
import type { StaleService } from './service-health.ts';

/**
 * Services read their files at start, so a later edit does not count until they are restarted or reloaded. A file that the
 * program or an editor replaced is not even the one that the container has. The copies that a service reads again are
 * compared with the files.
 * @param folder of the installation
 */
export async function staleServices(
  context: Context,
  folder: string,
  containers: readonly ServiceContainer[],
  reloads: Reloads,
): Promise<StaleService[]> {
  const running = containers.filter(({ state }) => state === 'running');
  const all = await Promise.all(
    running.map(async (container) => {
      const { service, startedAt, files } = container;
      const reload = reloads.get(service);
      const unlike = reload && (await unlikeCopies(context, container, reload));
      const since = Date.parse(startedAt);
      const own = files.filter(
        ({ source, target }) =>
          source.startsWith(`${folder}/`) || target.startsWith('/run/secrets/'),
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
        reloads: stale.every((target) => unlike?.has(target) === true),
      };
    }),
  );
  return all.filter(({ files }) => files.length > 0);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
