import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { ServiceContainer } from './docker-answers.ts';
import type { StaleService } from './service-health.ts';

/**
 * Services read their files at start, so a later edit does not count until they are restarted. A file that the program or
 * an editor replaced is not even the one that the container has.
 * @param folder of the installation
 */
export async function staleServices(
  folder: string,
  containers: readonly ServiceContainer[],
): Promise<StaleService[]> {
  const running = containers.filter(({ state }) => state === 'running');
  const all = await Promise.all(
    running.map(async ({ service, startedAt, files }) => {
      const since = Date.parse(startedAt);
      const own = files.filter((path) => path.startsWith(`${folder}/`));
      const changes = await Promise.all(own.map(changedAt));
      const changed = own.filter((_, index) => (changes[index] ?? 0) > since);
      return { service, files: changed.map((path) => relative(folder, path)).sort() };
    }),
  );
  return all.filter(({ files }) => files.length > 0);
}

/** In milliseconds since 1970; `undefined` for what is not a file. */
async function changedAt(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? Math.max(stats.ctimeMs, stats.mtimeMs) : undefined;
}
