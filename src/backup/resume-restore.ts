import { composeProject } from '../compose/compose-project.ts';
import type { ComposeProject } from '../compose/docker.ts';
import { recordUse } from '../compose/ownership.ts';
import { ensureImages, isRunning } from '../compose/platform.ts';
import { mustDocker } from '../compose/run-docker.ts';
import { type Context, withoutCancellation } from '../context.ts';
import { type Held, keptAt, withDatabase, withVolumes } from '../data/data-container.ts';
import { execIn } from '../data/docker-data.ts';
import { gatherData, type PlatformData, usesOfData } from '../data/gather-data.ts';
import { databaseLoading, type Loading, volumeLoading } from '../data/load-data.ts';
import { databaseStarted } from '../data/restore-volume.ts';
import { UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { readLock } from '../installation/read-installation.ts';
import { quoted } from '../lib/terminal/words.ts';
import { commitPrepared, preparedLock } from '../transaction/recover.ts';
import type { RunGuard } from '../transaction/run-guard.ts';
import {
  isInPlace,
  type RestoreMarker,
  readMarker,
  removeMarker,
  setMarker,
  warnOfInterruptedRestore,
} from './restore-marker.ts';

/**
 * Completes a restore that was interrupted while it replaced the old data. All new data and files were already loaded
 * next to the old ones, so the restore can go forward: first the data, then the journal of the files, and last the
 * removal of the replaced data. Signals are deferred meanwhile.
 */

type Rest = RestoreMarker & { readonly rest: NonNullable<RestoreMarker['rest']> };

/**
 * Puts the data in place and commits the files, which `recover` then puts in place. If someone has used the data since,
 * the function prints a notice and discards the new files.
 * @param replaces the command replaces the restore, so a failure does not stop it
 * @returns whether the prepared files are still needed, because another command may complete the restore
 * @throws UserError RESTORE_UNFINISHED if the restore can be completed after the problem is fixed; changes nothing
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
  context.reporter.step(`Completing the interrupted restore of ${marker.file}`);
  try {
    await withLoadings(withoutCancellation(context), folder, marker, 'unused', async (loadings) => {
      for (const loading of loadings) await loading.completePlace();
    });
    await commitPrepared(folder, guard);
    return false;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message = `The interrupted restore could not be completed: ${error.message}`;
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

/** Uses the remedy of the failed step only if it concerns the host. Other remedies are for other commands. */
function hintOf({ code, hint }: UserError, { file, aside }: Rest): string {
  const isOfHost = /^(DOCKER|REGISTRY|NETWORK|COMPOSE|DISK)_/.test(code);
  const kept = aside === undefined ? '' : ` The previous state is in ${aside}.`;
  return `${isOfHost ? hint : 'Fix this problem.'} Then run the command again. It completes the restore first. Or start the restore again: proto-scaffold restore ${quoted(file)}.${kept}`;
}

/** Removes the replaced data if data and files are in place. Otherwise, warns about the interrupted restore. */
export async function finishRestore(context: Context, folder: string): Promise<void> {
  const marker = await resumable(folder);
  if (marker === undefined || !(await isInPlace(folder, marker))) {
    return warnOfInterruptedRestore(context, folder);
  }
  try {
    await withLoadings(withoutCancellation(context), folder, marker, 'any', async (loadings) => {
      for (const loading of loadings) await loading.finish();
    });
    await removeMarker(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Record this, because after another change lock.json no longer shows it.
    await setMarker(folder, { ...marker, rest: { ...marker.rest, inPlace: true } });
    context.reporter.notice(
      `The interrupted restore is complete, but the replaced data could not be removed: ${error.message}`,
    );
  }
}

async function resumable(folder: string): Promise<Rest | undefined> {
  const marker = await readMarker(folder);
  if (marker === undefined || marker === 'damaged' || marker.rest === undefined) return undefined;
  return { ...marker, rest: marker.rest };
}

/** Holds volumes and database as in the interrupted restore. */
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
  await requireStopped(context, await composeProject(folder));
  const { release } = await installedTemplates(context, folder, lock);
  const data = await gatherData(context, folder, lock, release);
  const { project, database, places } = data;
  await ensureImages(context, [database.image]);
  await withVolumes(
    context,
    { project, image: database.image, userns: database.userns },
    places,
    false,
    async (held) => {
      if (wanted === 'unused') await requireUnused(context, held, data, marker);
      const ofVolumes = volumes.map((volume) => volumeLoading(context, held, volume, volume));
      if (roles === undefined) return use(ofVolumes);
      // Record our own start of the database, so that it does not count as use by someone else, even if it fails.
      await setMarker(folder, { ...marker, rest: { ...marker.rest, ownStartAt: now() } });
      await withDatabase(context, project, database, database.isReady, async (db) => {
        const rest = { ...marker.rest, databaseAt: now() };
        await setMarker(folder, { ...marker, rest });
        const ofDatabase = databaseLoading(context, db, database, database.service, roles);
        await use([ofDatabase, ...ofVolumes]);
      });
    },
  );
  await recordUse(context, { name: project, folder }, usesOfData(data));
}

/**
 * Someone may have started the platform since then, and people may have worked with it. PostgreSQL writes
 * postmaster.opts at each start (postmaster.c, CreateOptsFile).
 */
async function requireUnused(
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
      throw tooLate('the database was started since then and may contain new data.');
    }
  }
}

/** Maximum time in seconds between our request and the start of the database container. */
const ownStart = 60;

function now(): string {
  return new Date().toISOString();
}

async function requireStopped(context: Context, project: ComposeProject): Promise<void> {
  if (await isRunning(context, project)) throw tooLate('the platform is running.');
}

/** People may have worked with the data since then, which must not be undone. */
function tooLate(reason: string): UserError {
  return new UserError('RESTORE_UNFINISHED', reason);
}

function isTooLate({ code }: UserError): boolean {
  return code === 'RESTORE_UNFINISHED' || code === 'JOURNAL_INVALID';
}
