import { relative, resolve } from 'node:path';
import { namedFilesIn, servicesIn } from './compose-text.ts';

/**
 * The files of an installation that each service of docker-compose.yml mounts, by their paths there. A path that depends on
 * a variable is left out.
 */
export function mountedFiles(text: string): Map<string, readonly string[]> {
  return new Map(
    [...servicesIn(text)].map(([name, { settings }]) => [name, sourcesIn(settings.volumes, '/')]),
  );
}

/** All files of an installation that a Compose file uses: mounts, `env_file`, and the files of `configs` and `secrets`. */
export function usedFiles(text: string, installation: string): string[] {
  const ofServices = [...servicesIn(text).values()].flatMap(({ settings }) => [
    ...sourcesIn(settings.volumes, installation),
    ...environmentsIn(settings.env_file).map((path) => inside(path, installation)),
  ]);
  return [...ofServices, ...namedFilesIn(text).map((path) => inside(path, installation))];
}

function sourcesIn(volumes: unknown, installation: string): string[] {
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume: unknown) => {
    const source = typeof volume === 'string' ? volume.split(':')[0] : Object(volume).source;
    // Anything else is the name of a volume.
    const isPath = typeof source === 'string' && /^(\.\.?)?\//.test(source);
    return isPath ? [inside(source, installation)] : [];
  });
}

function environmentsIn(setting: unknown): string[] {
  const all: unknown[] = Array.isArray(setting) ? setting : [setting];
  const paths = all.map((each) => (typeof each === 'string' ? each : Object(each).path));
  return paths.filter((path): path is string => typeof path === 'string');
}

/** Compose takes a path from the folder of its file. */
function inside(path: string, installation: string): string {
  return relative(installation, resolve(installation, 'backend', path));
}
