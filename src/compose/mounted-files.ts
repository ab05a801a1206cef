import { normalize } from 'node:path';
import { servicesIn } from './compose-text.ts';

/**
 * The files of an installation that each service of docker-compose.yml mounts, by their paths there. A path that depends on
 * a variable is left out.
 */
export function mountedFiles(text: string): Map<string, readonly string[]> {
  return new Map(
    [...servicesIn(text)].map(([name, { settings }]) => [name, sourcesIn(settings.volumes)]),
  );
}

function sourcesIn(volumes: unknown): string[] {
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume: unknown) => {
    const source = typeof volume === 'string' ? volume.split(':')[0] : Object(volume).source;
    const isPath = typeof source === 'string' && /^\.\.?\//.test(source);
    return isPath ? [normalize(`backend/${source}`)] : [];
  });
}
