import { platformState } from '../compose/platform.ts';
import { type Context, steady } from '../context.ts';
import { type Held, keptAt, withDatabase, withVolumes } from '../data/data-container.ts';
import { execIn } from '../data/docker-data.ts';
import { ensureImages, mustDocker } from '../data/docker-step.ts';
import { gatherData, type PlatformData } from '../data/gather-data.ts';
import { databaseLoading, type Loading, volumeLoading } from '../data/load-data.ts';
import { databaseStarted } from '../data/restore-volume.ts';
import { UserError } from '../errors.ts';
import { readLock } from '../installation/read-installation.ts';
import { quoted } from '../registry/load-credentials.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { commitPrepared, preparedLock } from '../transaction/recover.ts';
import type { RunGuard } from '../transaction/run-guard.ts';
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
 * Puts the data in place and decides for the files, which `recover` puts in place. Where somebody has used the data since,
 * it is told, and the new files are given up.
 * @param replaces the command makes up for it anyway, so that nothing hinders it
 * @returns whether what was prepared is still wanted: another command may complete it, if this one does not replace it
 * @throws UserError RESTORE_UNFINISHED where it can be done once something is mended; all stays as it is
 */
export async function resumeRestore(
  context: Context,
  folder: string,
  guard: RunGuard,
  replaces: boolean,
): Promise<boolean> {
  const marker = await resumable(folder);
  if (marker === undefined || (await preparedLock(folder)) !== marker.rest.lock) return false;
  if (await isInPlace(folder, marker)) return false;
  context.reporter.step(`Completing the restore of ${marker.file} that was cut short`);
  try {
    await withLoadings(steady(context), folder, marker, 'unused', async (loadings) => {
      for (const loading of loadings) await loading.completePlace();
    });
    await commitPrepared(folder, guard);
    return false;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message = `The restore that was cut short could not be completed: ${error.message}`;
    const isOver = isTooLate(error);
    if (!replaces && !isOver) {
      throw new UserError('RESTORE_UNFINISHED', message, {
        hint: hintOf(error, marker),
        cause: error,
      });
    }
    context.reporter.notice(message);
    return !isOver;
  }
}

/** The table's remedy of what failed is about a command of its own, but where it is about the host. */
function hintOf({ code, hint }: UserError, { file, aside }: Rest): string {
  const isOfHost = /^(DOCKER|REGISTRY|NETWORK|COMPOSE|DISK)_/.test(code);
  const kept = aside === undefined ? '' : ` What was there before is in ${aside}.`;
  return `${isOfHost ? hint : 'Mend that.'} Then run the command again: it completes the restore first. Or restore anew: proto-scaffold restore ${quoted(file)}.${kept}`;
}

/** Removes what was replaced, once data and files are in place; tells where they are not. */
export async function finishRestore(context: Context, folder: string): Promise<void> {
  const marker = await resumable(folder);
  if (marker === undefined || !(await isInPlace(folder, marker))) {
    return tellOfUnfinishedRestore(context, folder);
  }
  try {
    await withLoadings(steady(context), folder, marker, 'any', async (loadings) => {
      for (const loading of loadings) await loading.finish();
    });
    await removeMarker(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Once another change has a new lock.json, nothing else would tell.
    await setMarker(folder, { ...marker, rest: { ...marker.rest, inPlace: true } });
    context.reporter.notice(
      `The restore that was cut short is done, but what it replaced could not be removed: ${error.message}`,
    );
  }
}

async function resumable(folder: string): Promise<Rest | undefined> {
  const marker = await readMarker(folder);
  if (marker === undefined || marker === 'damaged' || marker.rest === undefined) return undefined;
  return { ...marker, rest: marker.rest };
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
  await mustBeStopped(context, lock.project);
  const { release } = await loadTemplates(context, lock.hosting);
  const data = await gatherData(context, folder, lock, release);
  const { project, database, places } = data;
  // The operator may have given the project another name.
  if (project !== lock.project) await mustBeStopped(context, project);
  await ensureImages(context, [database.image]);
  await withVolumes(context, { project, image: database.image }, places, false, async (held) => {
    if (wanted === 'unused') await mustBeUnused(context, held, data, marker);
    const ofVolumes = volumes.map((volume) => volumeLoading(context, held, volume, volume));
    if (roles === undefined) return use(ofVolumes);
    // This start is ours, and no sign that somebody has used it, even where it does not come up.
    await setMarker(folder, { ...marker, rest: { ...marker.rest, ownStartAt: now() } });
    await withDatabase(context, project, database, database.isReady, async (db) => {
      const rest = { ...marker.rest, databaseAt: now() };
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
  const own = Date.parse(rest.ownStartAt ?? '') / 1000;
  const isOwn = (second: number) => second >= Math.floor(own) && second < own + ownStart;
  for (const { volume } of database.places) {
    const look = execIn(container, ['sh', '-c', databaseStarted, keptAt(volume)]);
    const { stdout } = await mustDocker(context, look, 'the database');
    const seconds = stdout.split('\n').map(Number);
    if (seconds.some((second) => second * 1000 > Date.parse(rest.databaseAt) && !isOwn(second))) {
      throw tooLate('the database was started since, and may hold something new.');
    }
  }
}

/** How long after we asked for it a container with the database may take to start, in seconds. */
const ownStart = 60;

function now(): string {
  return new Date().toISOString();
}

async function mustBeStopped(context: Context, project: string): Promise<void> {
  const state = await platformState(context, project);
  if (state === 'running') throw tooLate('the platform runs.');
  if (state === 'no engine') {
    throw new UserError('DOCKER_ENGINE_UNREACHABLE', 'no Docker Engine answers here.');
  }
}

/** Somebody may have worked with the data since: nothing makes that undone. */
function tooLate(reason: string): UserError {
  return new UserError('RESTORE_UNFINISHED', reason);
}

function isTooLate({ code }: UserError): boolean {
  return code === 'RESTORE_UNFINISHED' || code === 'JOURNAL_INVALID';
}
