import { type Context, steady } from '../../context.ts';
import { execIn } from '../../core/docker-data.ts';
import { databaseStarted } from '../../core/restore-volume.ts';
import { UserError } from '../../errors.ts';
import { commitPrepared, isPrepared } from '../../host/recover.ts';
import type { RunGuard } from '../../host/run-guard.ts';
import { loadTemplates } from '../load-templates.ts';
import { readLock } from '../open-installation.ts';
import { platformState } from '../platform.ts';
import { mustDocker } from './docker-step.ts';
import { gatherData, type PlatformData } from './gather-data.ts';
import { type Held, keptAt, withDatabase, withVolumes } from './keeper.ts';
import { databaseLoading, type Loading, volumeLoading } from './load-data.ts';
import {
  isInPlace,
  type RestoreMarker,
  readMarker,
  removeMarker,
  setMarker,
  tellOfUnfinishedRestore,
} from './restore-marker.ts';

/**
 * Does the rest of a restore that was cut short while new data took the place of the old. All of the new lay beside the
 * old by then, data and files, so it goes forward: first the data, then the journal of the files, last what was
 * replaced goes. A signal waits meanwhile.
 */

type Rest = RestoreMarker & { readonly rest: NonNullable<RestoreMarker['rest']> };

/**
 * Puts the data in place and decides for the files, which `recover` puts in place. Where that can not be done, it is told
 * why, and all stays as it is.
 * @returns whether a later command may still do it, so that what was prepared has to stay: not once the data was used
 */
export async function resumeRestore(
  context: Context,
  folder: string,
  guard: RunGuard,
): Promise<boolean> {
  const marker = await resumable(folder);
  if (marker === undefined || !(await isPrepared(folder))) return false;
  context.reporter.step(`Completing the restore of ${marker.file} that was cut short`);
  const refused = await unlessRefused(context, 'could not be completed', async (calm) => {
    await withLoadings(calm, folder, marker, 'unused', async (loadings) => {
      for (const loading of loadings) await loading.completePlace();
    });
    await commitPrepared(folder, guard);
  });
  return refused !== undefined && refused.code !== 'RESTORE_UNFINISHED';
}

/** Removes what was replaced, once data and files are in place; tells where they are not. */
export async function finishRestore(context: Context, folder: string): Promise<void> {
  const marker = await resumable(folder);
  if (marker === undefined || !(await isInPlace(folder, marker))) {
    return tellOfUnfinishedRestore(context, folder);
  }
  const refused = await unlessRefused(
    context,
    'is done, but what it replaced could not be removed',
    async (calm) => {
      await withLoadings(calm, folder, marker, 'any', async (loadings) => {
        for (const loading of loadings) await loading.finish();
      });
      await removeMarker(folder);
    },
  );
  // The next change makes another lock.json, by which it could not be told any more.
  if (refused !== undefined && marker.rest.placed !== true) {
    await setMarker(folder, { ...marker, rest: { ...marker.rest, placed: true } });
  }
}

async function resumable(folder: string): Promise<Rest | undefined> {
  const marker = await readMarker(folder);
  if (marker === undefined || marker === 'damaged' || marker.rest === undefined) return undefined;
  return { ...marker, rest: marker.rest };
}

/** @returns why it was refused, which is told */
async function unlessRefused(
  context: Context,
  what: string,
  use: (calm: Context) => Promise<void>,
): Promise<UserError | undefined> {
  try {
    await use(steady(context));
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.reporter.notice(`The restore that was cut short ${what}: ${error.message}`);
    return error;
  }
}

/** With volumes and database held as they were when it was cut short. */
async function withLoadings(
  context: Context,
  folder: string,
  marker: Rest,
  wanted: 'unused' | 'any',
  use: (loadings: readonly Loading[]) => Promise<void>,
): Promise<void> {
  const { roles, volumes } = marker.rest;
  if (roles === undefined && volumes.length === 0) return use([]);
  const lock = await readLock(folder);
  const state = await platformState(context, lock.project);
  if (state === 'running') throw refusal('the platform runs.');
  if (state === 'no engine') {
    throw new UserError('DOCKER_ENGINE_UNREACHABLE', 'no Docker Engine answers here.');
  }
  const { release } = await loadTemplates(context, lock.hosting);
  const data = await gatherData(context, folder, lock, release);
  const { project, database, places } = data;
  await withVolumes(context, { project, image: database.image }, places, false, async (held) => {
    if (wanted === 'unused') await mustBeUnused(context, held, data, marker);
    const ofVolumes = volumes.map((volume) => volumeLoading(context, held, volume, volume));
    if (roles === undefined) return use(ofVolumes);
    await withDatabase(context, project, database, database.isReady, async (db) => {
      // This start is ours, and no sign that somebody has used it.
      const rest = { ...marker.rest, databaseAt: new Date().toISOString() };
      await setMarker(folder, { ...marker, rest });
      const ofDatabase = databaseLoading(context, db, database, database.service, roles);
      await use([ofDatabase, ...ofVolumes]);
    });
  });
}

/**
 * Somebody may have started the platform by hand since, and people may have worked with it. PostgreSQL writes
 * postmaster.opts at each start (postmaster.c, CreateOptsFile).
 */
async function mustBeUnused(
  context: Context,
  { container }: Held,
  { database }: PlatformData,
  { rest }: Rest,
): Promise<void> {
  for (const { volume } of database.places) {
    const look = execIn(container, ['sh', '-c', databaseStarted, keptAt(volume)]);
    const { stdout } = await mustDocker(context, look, 'the database');
    const seconds = stdout.split('\n').map(Number);
    if (seconds.some((second) => second * 1000 > Date.parse(rest.databaseAt))) {
      throw refusal('the database was started since, and may hold something new.');
    }
  }
}

/** For good: people may have worked with what is there. */
function refusal(reason: string): UserError {
  return new UserError('RESTORE_UNFINISHED', reason);
}
