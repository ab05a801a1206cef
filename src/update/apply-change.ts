import { composeProject } from '../compose/compose-project.ts';
import { mergedConfig } from '../compose/containers.ts';
import { isRunning, stoppedAlready, takeDown } from '../compose/platform.ts';
import { restartedBy } from '../compose/starters.ts';
import { type Context, withoutCancellation } from '../context.ts';
import { UserError } from '../errors.ts';
import {
  beginTransaction,
  giveToContainers,
  type HeldInstallation,
  readLock,
} from '../installation/read-installation.ts';
import { reportConcurrentEdits } from '../installation/show-plan.ts';
import type { ChangeRecord } from '../transaction/journal.ts';
import type { Transaction } from '../transaction/transaction.ts';

/** A change to a newer or older release. */
export interface ReleaseChange {
  readonly record: ChangeRecord;
  /** Files only: the engine is neither asked nor changed (--without-engine). */
  readonly withoutEngine: boolean;
  /** Stages all files without changing the installation. */
  readonly stage: (transaction: Transaction) => Promise<void>;
  /** Downloads everything else that the platform will need. */
  readonly bring: () => Promise<void>;
}

export interface AppliedChange {
  /** The number of the previous state in the history. */
  readonly history: number;
  /** The platform was stopped. */
  readonly wasRunning: boolean;
}

/**
 * Whether the platform runs, for a command with --without-engine.
 * @throws UserError as `isRunning`, with the way to do without the answer
 */
export async function mustKnowIfRunning(context: Context, folder: string): Promise<boolean> {
  try {
    return await isRunning(context, await composeProject(folder));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message, hint, cause } = error;
    if (code !== 'DOCKER_ENGINE_UNREACHABLE' && code !== 'DOCKER_NOT_FOUND') throw error;
    throw new UserError(code, message, {
      hint: `${hint} To change files only, without an engine, pass --without-engine.`,
      cause,
    });
  }
}

/**
 * Asks Compose about the files as they will be, because an override can need a service, volume or network that is dropped.
 * @param compose docker-compose.yml after the change; `undefined` if the operator has no part in it
 * @throws UserError COMPOSE_INVALID
 */
export async function mustStayValid(
  context: Context,
  folder: string,
  compose: string | undefined,
  { withoutEngine }: { readonly withoutEngine: boolean },
): Promise<void> {
  if (compose === undefined) return;
  try {
    await mergedConfig(context, await composeProject(folder), compose);
  } catch (error) {
    const absent = ['DOCKER_NOT_FOUND', 'COMPOSE_NOT_FOUND'];
    // Where images are built, there may be no docker to ask.
    if (withoutEngine && error instanceof UserError && absent.includes(error.code)) return;
    throw error;
  }
}

/**
 * Changes the release: first downloads everything, then stops the platform, then changes all files together. A failure
 * before the last step leaves the installation unchanged.
 */
export async function applyReleaseChange(
  context: Context,
  held: HeldInstallation,
  { record, withoutEngine, stage, bring }: ReleaseChange,
): Promise<AppliedChange> {
  const { reporter, signal } = context;
  const project = await composeProject(held.folder);
  await using transaction = await beginTransaction(held);
  let wasRunning = false;
  try {
    await stage(transaction);
    if (!withoutEngine) await bring();
    await transaction.check();
    signal.throwIfAborted();
    // Check again, because pulling may have taken an hour.
    if (!withoutEngine && (await isRunning(context, project))) {
      reporter.step('All downloads are complete. Stopping the platform');
      await takeDown(context, project);
      wasRunning = true;
      reporter.outcome({ found: 'The files are unchanged.', hint: stoppedAlready });
      signal.throwIfAborted();
    }
    const { group } = await readLock(held.folder);
    const { history, concurrentEdits } = await transaction.commit(record);
    await giveToContainers(held.folder, group);
    reportConcurrentEdits(context, concurrentEdits);
    const restarted = withoutEngine
      ? undefined
      : await restartedBy(withoutCancellation(context), project);
    if (restarted !== undefined) reporter.notice(`${restarted} It may run with the old files.`);
    const found = wasRunning ? ' The platform is stopped.' : '';
    const hint = 'Start it with `proto-scaffold start`.';
    reporter.outcome({ found: `The new release is installed.${found}`, hint });
    return { history, wasRunning };
  } catch (error) {
    if (wasRunning && !signal.aborted) reporter.notice(stoppedAlready);
    throw error;
  }
}
