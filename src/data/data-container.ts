import { setTimeout as pause } from 'node:timers/promises';
import type { DataPlace, DataService } from '../compose/compose-config.ts';
import { containersOf } from '../compose/containers.ts';
import { dockerFailure, lastLines } from '../compose/docker-failures.ts';
import { mustDocker, tryDocker } from '../compose/run-docker.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { randomSuffix } from '../lib/fs/random.ts';
import { runStreaming, type StreamingChild } from '../lib/process/run-streaming.ts';
import {
  type DataContainer,
  databaseContainers,
  execIn,
  imageProgram,
  isForDocker,
  runKeeper,
} from './docker-data.ts';

/** A container of our own that runs as long as we keep its stdin open, so that a killed process leaves none behind. */
export interface Held {
  readonly container: string;
}

/** The path of a volume in the data container. */
export function keptAt(volume: string): string {
  return `/proto/${volume}`;
}

interface KeeperFor {
  readonly project: string;
  /** The database's image, which has a shell because its entrypoint needs one. */
  readonly image: string;
  readonly userns?: string | undefined;
}

/** Mounts the volumes for `use`. */
export function withVolumes<T>(
  context: Context,
  { project, image, userns }: KeeperFor,
  places: readonly DataPlace[],
  readOnly: boolean,
  use: (held: Held) => Promise<T>,
): Promise<T> {
  const mounts = places.map(({ kind, source, volume }) => ({
    kind,
    source,
    target: keptAt(volume),
    readOnly,
  }));
  const own = { environment: {}, groups: [], userns };
  const dataContainer = { name: keeperName(), project, image, mounts, ...own };
  return hold(dataContainer, context.env, use, async (child, output) => {
    while (!output().includes('ready')) await assertRunning(context, child, image);
  });
}

/** Starts the database on its own volume, without a network, for `use`. Shuts it down cleanly afterwards. */
export async function withDatabase<T>(
  context: Context,
  project: string,
  database: DataService,
  isReady: readonly string[],
  use: (held: Held) => Promise<T>,
): Promise<T> {
  const { image, environment, user, userns, sharedMemory, groups, secrets, files, tmpfs, places } =
    database;
  const ofImage = await mustDocker(context, imageProgram(image), image);
  const program = JSON.parse(ofImage.stdout) as Record<'entrypoint' | 'command', string[] | null>;
  const dataContainer: DataContainer = {
    name: keeperName(),
    project,
    image,
    mounts: [...places.map((place) => ({ ...place, readOnly: false })), ...secrets, ...files],
    tmpfs,
    environment,
    groups,
    userns,
    program: [
      ...(database.entrypoint ?? program.entrypoint ?? []),
      ...(database.command ?? program.command ?? []),
    ],
    ...(user !== undefined && { user }),
    ...(sharedMemory !== undefined && { sharedMemory }),
  };
  const own = Object.entries(environment).filter(([name]) => !isForDocker(name));
  const env = { ...context.env, ...Object.fromEntries(own) };
  await untilAlone(context, project, places);
  return hold(dataContainer, env, use, async (child, output) => {
    const ready = async () =>
      (await tryDocker(context, execIn(dataContainer.name, isReady))).exitCode === 0;
    while (!(await ready())) await assertRunning(context, child, 'the database', output);
  });
}

/** How long a database started by a killed command may take to shut down, in milliseconds. */
const patience = 60_000;

/**
 * Waits until no database runs on the volume, neither that of a killed command nor the platform's. Two databases on one volume would destroy the data:
 * PostgreSQL's own lock, postmaster.pid, does not work across containers.
 */
async function untilAlone(
  context: Context,
  project: string,
  places: readonly DataPlace[],
): Promise<void> {
  const sources = new Set(places.map(({ source }) => source));
  for (const end = Date.now() + patience; ; await pause(500)) {
    const { stdout } = await mustDocker(context, databaseContainers(project), 'the database');
    const ofPlatform = (await containersOf(context, project)).filter(
      ({ state, volumes }) => state === 'running' && volumes.some(({ name }) => sources.has(name)),
    );
    const names = [
      ...stdout.split('\n').filter((name) => name !== ''),
      ...ofPlatform.map(({ name }) => name),
    ];
    if (names.length === 0) return;
    context.signal.throwIfAborted();
    if (Date.now() < end) continue;
    const message = `The database is still running in ${names.join(', ')}.`;
    throw new UserError('DATABASE_NOT_READY', message, {
      hint: 'A container of an earlier command ends when the database has shut down. If something starts the platform again, stop that first. Then run the command again.',
    });
  }
}

function keeperName(): string {
  return `proto-scaffold-${randomSuffix()}`;
}

async function hold<T>(
  dataContainer: DataContainer,
  env: Context['env'],
  use: (held: Held) => Promise<T>,
  ready: (child: StreamingChild, output: () => string) => Promise<void>,
): Promise<T> {
  // Not ended by the signal: the container ends cleanly when its stdin closes.
  const child = await runStreaming(runKeeper(dataContainer), { env });
  let output = '';
  const read = (async () => {
    for await (const chunk of child.stdout) output = (output + chunk.toString()).slice(-4096);
  })();
  try {
    await ready(child, () => output);
    return await use({ container: dataContainer.name });
  } finally {
    child.closeStdin();
    await read;
    await child.ended().catch(() => undefined);
  }
}

/** Waits a moment. @throws UserError if the data container has ended meanwhile */
async function assertRunning(
  { signal }: Context,
  child: StreamingChild,
  subject: string,
  output?: () => string,
): Promise<void> {
  signal.throwIfAborted();
  const ended = await Promise.race([child.ended(), pause(200)]);
  signal.throwIfAborted();
  if (ended === undefined) return;
  if (output === undefined || ended.exitCode === 125) throw dockerFailure(ended.stderr, subject);
  const said = lastLines(`${output()}\n${ended.stderr}`);
  throw new UserError('DATABASE_NOT_READY', `The database did not start: ${said}`);
}
