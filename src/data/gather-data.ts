import {
  type ComposeConfig,
  type DataPlace,
  type DataService,
  dataServiceOf,
  parseComposeConfig,
} from '../compose/compose-config.ts';
import { composeProject } from '../compose/compose-project.ts';
import { mergedConfig } from '../compose/containers.ts';
import { parseComposeVolumes } from '../compose/docker-answers.ts';
import type { Ownership } from '../compose/owner.ts';
import { type DataUse, mustOwn } from '../compose/ownership.ts';
import { exists } from '../compose/platform.ts';
import { mustDocker, tryDocker } from '../compose/run-docker.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Lock } from '../installation/lock.ts';
import { isFolder } from '../lib/fs/place.ts';
import { databaseOf, type Release, serviceWithRole } from '../release/release.ts';
import { type Held, keptAt } from './data-container.ts';
import { execIn, serviceRunning, volumeInspect } from './docker-data.ts';
import { storedName } from './restore-sql.ts';

/** The location of the platform's data, from the current Compose file and the roles of the release. */
export interface PlatformData {
  readonly project: string;
  readonly ownership: Ownership;
  readonly database: DataService & {
    readonly owner: string;
    readonly name: string;
    /** The command that shows that it is ready. */
    readonly isReady: readonly string[];
  };
  readonly bucket: DataService | undefined;
  /** The existing locations, which may be empty. */
  readonly places: readonly DataPlace[];
}

/** The size of a location, in bytes. */
export type PlaceSizes = ReadonlyMap<string, number>;

/** @throws UserError as `mustOwn`; COMPOSE_INVALID; BACKUP_FAILED if the Compose file has no mount for a volume; docker's codes */
export async function gatherData(
  context: Context,
  folder: string,
  lock: Lock,
  release: Release,
): Promise<PlatformData> {
  const project = await composeProject(folder);
  const merged = await mergedConfig(context, project);
  const config = parseComposeConfig(merged);
  if (config === undefined)
    throw dataNotFound('`docker compose config` printed unrecognized output');
  const ownership = await mustOwn(context, project, { volumes: parseComposeVolumes(merged) });
  const role = (name: 'database' | 'bucket') => serviceWithRole(release, lock.hosting, name);
  const [database, bucket] = [role('database'), role('bucket')];
  const about = databaseOf(release, lock.hosting);
  if (database === undefined || about === undefined)
    throw dataNotFound('the release has no database');
  const { health } = database[1];
  const service = find(config, database);
  const { POSTGRES_USER = about.user, POSTGRES_DB = about.name } = service.environment;
  const [owner, name] = [storedName(POSTGRES_USER), storedName(POSTGRES_DB)];
  const isReady = 'command' in health ? health.command : ['pg_isready', '-U', owner, '-d', name];
  const data = {
    project: project.name,
    ownership,
    database: { ...service, owner, name, isReady },
    bucket: bucket && find(config, bucket),
  };
  const places = [...data.database.places, ...(data.bucket?.places ?? [])];
  const there = await Promise.all(places.map((place) => isThere(context, place)));
  return { ...data, places: places.filter((_, index) => there[index]) };
}

/** The volumes that the services have their data in, also those that do not exist yet. */
export function usesOfData({ database, bucket }: PlatformData): DataUse[] {
  return [database, ...(bucket === undefined ? [] : [bucket])].flatMap(({ service, places }) =>
    places
      .filter(({ kind }) => kind === 'volume')
      .map(({ target, source }) => ({ service, target, name: source })),
  );
}

function find(
  config: ComposeConfig,
  [name, { volumes }]: NonNullable<ReturnType<typeof serviceWithRole>>,
): DataService {
  const service = dataServiceOf(config, name, volumes);
  if (service !== undefined) return service;
  const targets = Object.values(volumes).join(' or ');
  throw dataNotFound(
    `backend/docker-compose.yml has no service ${name} with a volume at ${targets}`,
  );
}

function dataNotFound(reason: string): UserError {
  return new UserError('BACKUP_FAILED', `Cannot locate the data: ${reason}.`, {
    hint: 'Check the output of `docker compose config` in backend/. Nothing was changed.',
  });
}

async function isThere(context: Context, { kind, source }: DataPlace): Promise<boolean> {
  return kind === 'bind' ? isFolder(source) : exists(context, volumeInspect(source), source);
}

/** The container of the database, if it is running. */
export async function runningDatabase(
  context: Context,
  { project, database }: PlatformData,
): Promise<string | undefined> {
  const command = serviceRunning(project, database.service);
  const { stdout } = await mustDocker(context, command, database.service);
  return stdout.split('\n')[0] || undefined;
}

/** The content of the locations that a data container mounts, without empty ones. */
export async function measure(
  context: Context,
  { container }: Held,
  places: readonly DataPlace[],
): Promise<PlaceSizes> {
  const sizes = new Map<string, number>();
  for (const { volume } of places) {
    // Leftovers of a killed restore do not count.
    const script = 'ls -A "$0" | grep -v "^.proto-" >&2; du -sk "$0"';
    const program = ['sh', '-c', script, keptAt(volume)];
    const { stdout, stderr } = await tryDocker(context, execIn(container, program));
    const kilobytes = Number(/^\d+/.exec(stdout)?.[0] ?? 0);
    if (stderr.trim() !== '') sizes.set(volume, kilobytes * 1024);
  }
  return sizes;
}
