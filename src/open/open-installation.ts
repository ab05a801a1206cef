import { dirname, join } from 'node:path';
import { discardDead } from '../backup/output-file.ts';
import { readMarker, tellOfUnfinishedRestore } from '../backup/restore-marker.ts';
import { tellOfUnfinishedRotation } from '../config/rotation-marker.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { findInstallation } from '../installation/find-installation.ts';
import { type Lock, stringifyLock } from '../installation/lock.ts';
import {
  damagedBase,
  type HeldInstallation,
  type Installation,
  readBase,
  readCurrent,
  readLock,
} from '../installation/read-installation.ts';
import { listTree, readText } from '../lib/fs/files.ts';
import { baseFolder, configFolder, secretsFolder } from '../release/layout.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { isUnderWay, type Recovered, recover } from '../transaction/recover.ts';
import { acquireGuard, isGuardHeld } from '../transaction/run-guard.ts';
import { secretTexts } from '../values/secret-texts.ts';

/** How a command gets at its installation: found, made whole after a crash, and held as long as it is changed. */

export interface OpenOptions {
  /** Of --dir. */
  readonly dir?: string | undefined;
  /** As the operator knows it: what others are told who want to change the installation meanwhile. */
  readonly command: string;
  /** A command that only reads needs no guard. */
  readonly changes: boolean;
  /** It was asked to print a secret: nothing is struck out of what it prints. */
  readonly reveals?: boolean;
  /** What it does makes up for a restore that was cut short. */
  readonly replaces?: boolean;
}

/**
 * Finds the installation, holds it if it is to be changed, and first of all makes good what a crash has left of an
 * earlier change. The guard is released at the end of the scope: `await using`.
 * @throws UserError NOT_AN_INSTALLATION, INSTALLATION_UNFINISHED, INSTALLATION_HELD, JOURNAL_INVALID, RESTORE_UNFINISHED
 */
export async function holdInstallation(
  context: Context,
  { dir, command, changes, reveals, replaces = false }: OpenOptions,
): Promise<HeldInstallation & AsyncDisposable> {
  const folder = await findInstallation(context, dir);
  if (reveals !== true) await protectInstallation(context, folder);
  if (changes) {
    const held = await takeGuard(context, folder, command, replaces);
    if (!context.signal.aborted) return held;
    await held[Symbol.asyncDispose]();
    context.signal.throwIfAborted();
  }
  if (await isUnderWay(folder)) {
    await using _ = await takeGuard(context, folder, command, replaces);
  }
  return { folder, async [Symbol.asyncDispose]() {} };
}

/**
 * Opens an installation with all that a merge needs.
 * @throws UserError as `holdInstallation`; LOCK_INVALID, BASE_DAMAGED, FILE_UNREADABLE, PATH_IN_THE_WAY
 */
export async function openInstallation(
  context: Context,
  options: OpenOptions,
): Promise<Installation & AsyncDisposable> {
  for (;;) {
    const held = await holdInstallation(context, options);
    try {
      const lock = await readLock(held.folder);
      const base = await readBase(held.folder);
      if (!options.changes && (await changedSince(lock, held.folder))) continue;
      refuseDamaged(lock, base);
      const current = await readCurrent(held.folder, [...base.keys()]);
      return { ...held, lock, base, current };
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }
}

function refuseDamaged(lock: Lock, base: ReadonlyMap<string, string>): void {
  const damaged = damagedBase(lock, base);
  if (damaged.length === 0) return;
  throw new UserError('BASE_DAMAGED', 'The merge base was altered by something else.', {
    faults: damaged.map((path) => ({
      file: `${baseFolder}/${path}`,
      message: 'is not what was put there',
    })),
  });
}

/** Whether somebody made a change while this was read, so that lock and base need not belong together. */
async function changedSince(lock: Lock, folder: string): Promise<boolean> {
  if (await isUnderWay(folder)) return true;
  return stringifyLock(await readLock(folder)) !== stringifyLock(lock);
}

async function takeGuard(
  context: Context,
  folder: string,
  command: string,
  replaces: boolean,
): Promise<HeldInstallation & AsyncDisposable> {
  const guard = await acquireGuard(folder, command);
  try {
    const isRestored = (await readMarker(folder)) !== undefined;
    // Most commands never need what completes a restore.
    const restore = isRestored ? await import('../backup/resume-restore.ts') : undefined;
    const waits = (await restore?.resumeRestore(context, folder, guard, replaces)) === true;
    // It would remove what was prepared, and this command may yet do nothing.
    const recovered = waits ? undefined : await recover(folder, guard);
    if (recovered !== undefined) tellOf(context, recovered);
    await restore?.finishRestore(context, folder);
    await tellOfUnfinishedRotation(context, folder, true);
    // Where backups go unless told otherwise. Who may not look there has left nothing.
    await discardDead(dirname(folder)).catch(() => undefined);
    const giveUp = async () => void (await recover(folder, guard));
    const close = () => guard.release();
    return { folder, guard, ...(waits && { giveUp }), [Symbol.asyncDispose]: close };
  } catch (error) {
    await guard.release();
    throw error;
  }
}

/** For commands that tell how things are: what a later one makes good, or the operator has to. Not while somebody is at it. */
export async function tellOfUnfinished(context: Context, folder: string): Promise<void> {
  if (await isGuardHeld(folder)) return;
  await tellOfUnfinishedRestore(context, folder);
  await tellOfUnfinishedRotation(context, folder, false);
}

function tellOf(
  { reporter }: Context,
  { why, startedAt, outcome, concurrentEdits }: Recovered,
): void {
  reporter.notice(`\`${why}\`, begun at ${startedAt}, was cut short; it is ${outcome} now.`);
  for (const { path, keptAs } of concurrentEdits) {
    reporter.notice(`${path} was saved by somebody since; that version is kept as ${keptAs}.`);
  }
}

/** A search for longer texts than this in all that is printed would cost more than it could find. */
const longest = 16 * 1024;

/**
 * Takes care that no secret of an installation is printed, whatever docker, a service or nginx says. What can not be
 * read is passed over: the command itself will tell of it.
 */
export async function protectInstallation(context: Context, folder: string): Promise<void> {
  const templates = await loadTemplates(context).catch(() => undefined);
  if (templates === undefined) return;
  for (const root of [folder, join(folder, baseFolder)]) {
    for (const text of secretTexts(templates, await secretFiles(root))) {
      if (text.length <= longest) context.reporter.protect(text);
    }
  }
}

async function secretFiles(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const below of [configFolder, secretsFolder]) {
    for (const name of await listTree(join(root, below)).catch(() => [])) {
      const text = await readText(join(root, below, name)).catch(() => undefined);
      if (text !== undefined) files.set(`${below}/${name}`, text);
    }
  }
  return files;
}
