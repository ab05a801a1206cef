import { composeCreate } from '../compose/compose-commands.ts';
import type { DataPlace } from '../compose/compose-config.ts';
import { composeProject } from '../compose/compose-project.ts';
import { mergedConfig } from '../compose/containers.ts';
import { parseComposeVolumes } from '../compose/docker-answers.ts';
import { createVolumes, recordUse } from '../compose/ownership.ts';
import { ensureImages, isRunning, stoppedAlready, takeDown } from '../compose/platform.ts';
import { mustDocker, tryDocker } from '../compose/run-docker.ts';
import { mustBeDown, restartedBy } from '../compose/starters.ts';
import { type Context, withoutCancellation } from '../context.ts';
import { type Held, keptAt, withDatabase, withVolumes } from '../data/data-container.ts';
import { execIn } from '../data/docker-data.ts';
import { gatherData, type PlatformData, usesOfData } from '../data/gather-data.ts';
import { databaseLoading, Loader, type Loading, volumeLoading } from '../data/load-data.ts';
import { UserError } from '../errors.ts';
import { stringifyLock } from '../installation/lock.ts';
import {
  beginTransaction,
  giveToContainers,
  type HeldInstallation,
} from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import { sha256 } from '../lib/fs/files.ts';
import { formatBytes } from '../lib/terminal/words.ts';
import { fileMode } from '../release/layout.ts';
import type { Release } from '../release/release.ts';
import type { ChangeRecord } from '../transaction/journal.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { type GatheredRestore, sizesNow } from './gather-restore.ts';
import { makeBackup } from './make-backup.ts';
import type { BackupPart } from './manifest.ts';
import { removeMarker, setMarker } from './restore-marker.ts';

export interface AppliedRestore {
  /** The number of the previous state in the history. */
  readonly history: number;
  /** The backup of the previous data; absent if there was no data. */
  readonly aside?: string;
}

/**
 * Applies the plan: keeps the current state, loads the new data next to the old, then swaps in data and files together.
 * @throws UserError with data and files unchanged, except RESTORE_UNFINISHED
 */
export async function applyRestore(
  context: Context,
  held: HeldInstallation,
  gathered: GatheredRestore,
  release: Release,
  asideFile: string,
): Promise<AppliedRestore> {
  const { folder, lock, data, missing } = gathered;
  await ensureImages(context, missing);
  // Check again, because the prompt and the pull may have taken an hour.
  const project = await composeProject(folder);
  const running = await isRunning(context, project);
  await held.giveUp?.();
  await using transaction = await beginTransaction(held);
  let down = false;
  try {
    await stage(context, transaction, gathered);
    await transaction.check();
    if (running) {
      context.reporter.step('Stopping the platform');
      await takeDown(context, project);
      down = true;
      const found = 'Data and files are unchanged.';
      context.reporter.outcome({ found, hint: stoppedAlready });
      context.signal.throwIfAborted();
    }
    // Without the image, the sizes could not be measured before.
    const unmeasured = missing.includes(data.database.image);
    const sizes = unmeasured ? await sizesNow(context, data) : gathered.sizes;
    const aside = sizes.size > 0 && gathered.parts.length > 0 ? asideFile : undefined;
    if (aside !== undefined) {
      context.reporter.step(`Keeping the current state as ${aside}`);
      const target = { file: aside, encryptTo: [], raw: true, spaceHint: asideHint };
      await makeBackup(context, { folder, lock, data }, target);
      const found = `Data and files are unchanged. ${aside} contains them, too.`;
      const hint = down ? stoppedAlready : 'You can run the command again.';
      context.reporter.outcome({ found, hint });
    }
    const history = await withPlaces(context, gathered, release, async (places) => {
      const made = await loadAndReplace(context, gathered, places, transaction, aside);
      await recordUse(withoutCancellation(context), project, usesOfData(places));
      return made;
    });
    const restarted = await restartedBy(withoutCancellation(context), project);
    if (restarted !== undefined) context.reporter.notice(`${restarted} It may have old data open.`);
    return { history, ...(aside !== undefined && { aside }) };
  } catch (error) {
    // The next command completes a partial restore, unless the platform is started first.
    const isTold = error instanceof UserError && error.left === 'half done';
    if (down && !isTold && !context.signal.aborted) {
      context.reporter.notice(stoppedAlready);
    }
    throw error;
  }
}

const asideHint =
  'The restore keeps the current state before it replaces it. Free some space, or choose a folder on another disk with --keep-in DIR. Nothing was changed.';

async function stage(
  { version }: Context,
  transaction: Transaction,
  { lock, restored, modes, expected }: GatheredRestore,
): Promise<void> {
  for (const [path, content] of restored.files) {
    const mode = modes.get(path) ?? fileMode(path);
    await transaction.write({ path, content, mode, expected: expected.get(path) });
  }
  await transaction.setBase(restored.base);
  await transaction.setLock(
    stringifyLock({
      ...lock,
      program: version,
      appliedAt: new Date().toISOString(),
      appliedBy: 'restore',
      files: Object.fromEntries([...restored.base].map(([path, text]) => [path, sha256(text)])),
    }),
  );
}

/** Lets Compose create the containers of missing volumes. */
async function withPlaces<T>(
  context: Context,
  { folder, lock, data, parts }: GatheredRestore,
  release: Release,
  use: (data: PlatformData) => Promise<T>,
): Promise<T> {
  const services = [data.database, ...(data.bucket === undefined ? [] : [data.bucket])];
  const places = services.flatMap((service) => service.places);
  if (parts.length === 0 || places.every((place) => data.places.includes(place))) return use(data);
  const project = await composeProject(folder);
  try {
    const names = services.map(({ service }) => service);
    await createVolumes(
      context,
      project,
      parseComposeVolumes(await mergedConfig(context, project)),
    );
    await mustDocker(context, composeCreate(project, names), 'docker compose up --no-start');
    return await use(await gatherData(context, folder, lock, release));
  } finally {
    await takeDown(context, project);
  }
}

async function loadAndReplace(
  context: Context,
  gathered: GatheredRestore,
  data: PlatformData,
  transaction: Transaction,
  aside: string | undefined,
): Promise<number> {
  const { project, database, places } = data;
  const { parts, verified } = gathered;
  if (parts.length === 0) return replace(context, gathered, [], transaction, aside);
  const { image, userns } = database;
  return withVolumes(context, { project, image, userns }, places, false, async (held) => {
    await requireDiskSpace(context, held, parts, places);
    const dump = parts.find(({ kind }) => kind === 'database');
    const loadings = (within: Context, container?: string): Loading[] => [
      ...(dump === undefined || container === undefined
        ? []
        : [databaseLoading(within, { container }, database, dump.name, verified.roles)]),
      ...parts
        .filter(({ kind }) => kind === 'volume')
        .map(({ name, volume = '' }) => volumeLoading(within, held, name, volume)),
    ];
    const go = async (container?: string) => {
      await load(
        context,
        gathered,
        loadings(context, container),
        loadings(withoutCancellation(context), container),
      );
      return replace(
        context,
        gathered,
        loadings(withoutCancellation(context), container),
        transaction,
        aside,
      );
    };
    if (dump === undefined) return go();
    context.reporter.step('Starting the database to load the data');
    return withDatabase(context, project, database, database.isReady, (db) => go(db.container));
  });
}

/** Loads all parts next to the current data. A failure leaves nothing behind. */
async function load(
  context: Context,
  { backup, verified }: GatheredRestore,
  loadings: readonly Loading[],
  undoing: readonly Loading[],
): Promise<void> {
  const loader = new Loader(context, loadings);
  try {
    for (const loading of loadings) await loading.prepare();
    const manifest = await backup.read('Loading', loader);
    if (JSON.stringify(manifest) !== JSON.stringify(verified.manifest)) {
      throw new UserError('BACKUP_DAMAGED', `${backup.path} was modified while it was read.`);
    }
    for (const loading of loadings) await loading.loaded();
    context.signal.throwIfAborted();
  } catch (error) {
    await loader.kill();
    for (const loading of undoing) await loading.drop().catch(() => undefined);
    throw error;
  }
}

/**
 * From here on there are only renames, and signals are deferred. If it is interrupted, `resumeRestore` in the next command
 * completes it.
 */
async function replace(
  context: Context,
  gathered: GatheredRestore,
  loadings: readonly Loading[],
  transaction: Transaction,
  aside: string | undefined,
): Promise<number> {
  const { folder, backup, lock } = gathered;
  await mustBeDown(context, await composeProject(folder));
  context.reporter.step('Replacing data and files');
  const record = {
    why: `restore of ${backup.path}`,
    kind: 'config',
    release: lock.release,
  } as const;
  await transaction.prepare(record);
  const startedAt = new Date().toISOString();
  const rest = { ...restOf(gathered, transaction), databaseAt: startedAt };
  await setMarker(folder, {
    ...{ file: backup.path, startedAt, rest },
    ...(aside !== undefined && { aside }),
  });
  const history = await put(context, gathered, loadings, transaction, record, aside);
  try {
    for (const loading of loadings) await loading.finish();
    await removeMarker(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.reporter.notice(`The replaced data could not be removed yet: ${error.message}`);
  }
  return history;
}

async function put(
  context: Context,
  { folder }: GatheredRestore,
  loadings: readonly Loading[],
  transaction: Transaction,
  record: ChangeRecord,
  aside: string | undefined,
): Promise<number> {
  const begun: Loading[] = [];
  try {
    for (const loading of loadings) await swapIn(loading, begun);
    const { history, concurrentEdits } = await transaction.commit(record);
    reportConcurrentEdits(context, concurrentEdits);
    await giveToContainers(folder);
    return history;
  } catch (error) {
    const isBack = (await isUndone(transaction)) && (await swappedOut(begun));
    if (begun.length === 0 || isBack) {
      for (const loading of loadings) await loading.drop().catch(() => undefined);
      await removeMarker(folder);
      throw error;
    }
    transaction.leave();
    const reason = error instanceof Error ? error.message : String(error);
    const before = aside === undefined ? '' : ` The previous state is in ${aside}.`;
    const message = `The restore was interrupted after it had replaced part of the data: ${reason}${before}`;
    throw new UserError('RESTORE_UNFINISHED', message, { cause: error, left: 'half done' });
  }
}

/** @param begun receives each loading as soon as it may be partly swapped in */
async function swapIn(loading: Loading, begun: Loading[]): Promise<void> {
  try {
    await loading.swapIn();
  } catch (error) {
    const hasBegun = await loading.hasBegun().catch((unknown) => {
      if (!(unknown instanceof UserError)) throw unknown;
      return true;
    });
    if (hasBegun) begun.push(loading);
    throw error;
  }
  begun.push(loading);
}

function restOf({ verified, parts }: GatheredRestore, { lockHash }: Transaction) {
  const volumes = parts.flatMap(({ kind, volume }) =>
    kind === 'volume' && volume !== undefined ? [volume] : [],
  );
  const hasDump = parts.some(({ kind }) => kind === 'database');
  return { lock: lockHash, volumes, ...(hasDump && { roles: verified.roles }) };
}

async function isUndone(transaction: Transaction): Promise<boolean> {
  try {
    return await transaction.isUndone();
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** If the files were rolled back, the data is rolled back too. */
async function swappedOut(loadings: readonly Loading[]): Promise<boolean> {
  try {
    for (const loading of loadings.toReversed()) await loading.swapOut();
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** New data is loaded next to the old data. @throws UserError BACKUP_NO_SPACE if the disk of the volumes is too small for both */
export async function requireDiskSpace(
  context: Context,
  { container }: Held,
  parts: readonly BackupPart[],
  places: readonly DataPlace[],
): Promise<void> {
  const needed = parts.reduce((sum, { sourceBytes, bytes }) => sum + (sourceBytes ?? bytes), 0);
  for (const { volume } of places) {
    // POSIX: the fourth field of the second line is the available space in kilobytes.
    const df = execIn(container, ['df', '-Pk', keptAt(volume)]);
    const { stdout } = await tryDocker(context, df);
    const kilobytes = Number(stdout.split('\n')[1]?.split(/\s+/)[3]);
    if (!Number.isFinite(kilobytes) || kilobytes * 1024 >= needed) continue;
    const message = `The data needs ${formatBytes(needed)}, but the disk with the volume ${volume} has only ${formatBytes(kilobytes * 1024)} free.`;
    throw new UserError('BACKUP_NO_SPACE', message, {
      hint: 'The restore loads the new data next to the old data. Free some space on that disk. Nothing was changed.',
    });
  }
}
