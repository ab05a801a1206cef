import { join } from 'node:path';
import { backupFolder } from '../backup/choose-file.ts';
import { discardDead } from '../backup/output-file.ts';
import { readMarker, warnOfInterruptedRestore } from '../backup/restore-marker.ts';
import { tellOfUnfinishedRotation } from '../config/rotation-marker.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { damageFaults, damageRemedy } from '../installation/damaged-base.ts';
import { findInstallation } from '../installation/find-installation.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { type Lock, pinnedByLock, stringifyLock } from '../installation/lock.ts';
import {
  giveToContainers,
  type HeldInstallation,
  type Installation,
  type MergeBase,
  readBase,
  readCurrent,
  readLock,
  writeBase,
} from '../installation/read-installation.ts';
import { type AttributeLoss, lossWords } from '../lib/fs/attributes.ts';
import { readText, sha256 } from '../lib/fs/files.ts';
import { listTree } from '../lib/fs/trees.ts';
import { baseFolder, configFolder, secretsFolder } from '../release/layout.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { isUnderWay, type Recovered, recover } from '../transaction/recover.ts';
import { acquireGuard, isGuardHeld } from '../transaction/run-guard.ts';
import { discardAbandoned } from '../transaction/staging.ts';
import { secretTexts } from '../values/secret-texts.ts';

/** Opens the installation for a command: finds it, completes an interrupted change, and holds it during changes. */

export interface OpenOptions {
  /** The value of --dir. */
  readonly dir?: string | undefined;
  /** The command as typed, shown to others who try to change the installation meanwhile. */
  readonly command: string;
  /** Whether the command makes changes and needs the guard. */
  readonly changes: boolean;
  /** The command prints secrets on request, so its output is not redacted. */
  readonly reveals?: boolean;
  /** The command replaces an interrupted restore. */
  readonly replaces?: boolean;
  /** The command reports a damaged merge base itself. */
  readonly reportsDamage?: boolean;
}

/**
 * Finds the installation, holds it for changes, and first completes or undoes a change that a crash interrupted.
 * The guard is released at the end of the scope: `await using`.
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
 * Opens an installation with everything that a merge needs.
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
      const { base, damaged } = await openBase(context, held, lock);
      if (!options.changes && (await changedSince(lock, held.folder))) {
        await held[Symbol.asyncDispose]();
        continue;
      }
      if (options.reportsDamage !== true) await rejectDamage(held.folder, damaged);
      const current = await readCurrent(held.folder, Object.keys(lock.files));
      return { ...held, lock, base, damaged, current };
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** Reads the merge base, and renders what is damaged again. A command that makes changes also puts it back on the disk. */
async function openBase(
  context: Context,
  { folder, guard }: HeldInstallation,
  lock: Lock,
): Promise<Pick<MergeBase, 'base' | 'damaged'>> {
  const found = await readBase(folder, lock);
  const rendered =
    found.damaged.length === 0 ? new Map() : await renderedBase(context, folder, lock, found.base);
  const base = new Map([...found.base, ...rendered]);
  const rebuilt = [...found.rebuilt, ...rendered.keys()];
  if (guard !== undefined) await writeBase(folder, base, rebuilt);
  return { base, damaged: found.damaged.filter((path) => !rendered.has(path)) };
}

/** The texts that this program's templates and the current values make again, as far as the lock file has their hashes. */
async function renderedBase(
  context: Context,
  folder: string,
  lock: Lock,
  base: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  try {
    const templates = await installedTemplates(context, folder, lock);
    if (templates.release.release !== lock.release.version) return new Map();
    const { planUpdate } = await import('../update/plan-update.ts');
    const { registry, namespace, release } = lock;
    const current = await readCurrent(folder, Object.keys(lock.files));
    const rendered = planUpdate({
      ...{ installation: folder, lock, base, templates, registry, namespace, tag: release.tag },
      current: new Map([...current].map(([path, { text }]) => [path, text])),
      pinned: pinnedByLock(lock),
      ...{ override: undefined, onConflict: 'ours', running: false, withoutEngine: true },
      random: () => '',
    }).base;
    return new Map([...rendered].filter(([path, text]) => sha256(text) === lock.files[path]));
  } catch (error) {
    // A file may be so damaged that nothing can be computed from it.
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

async function rejectDamage(folder: string, damaged: readonly string[]): Promise<void> {
  if (damaged.length === 0) return;
  throw new UserError('BASE_DAMAGED', 'The merge base was modified.', {
    hint: await damageRemedy(folder),
    faults: damageFaults(damaged),
  });
}

/** Whether the installation changed while it was read, so that lock and base may not match. */
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
    // Most commands do not need the code that completes a restore.
    const restore = isRestored ? await import('../backup/resume-restore.ts') : undefined;
    const waits = (await restore?.resumeRestore(context, folder, guard, replaces)) === true;
    // Recovery would remove the prepared files, and this command may still do nothing.
    const recovered = waits ? undefined : await recover(folder, guard);
    if (recovered !== undefined) reportRecovered(context, recovered);
    // A copy that root made has group 0. A lock file that cannot be read is reported by the command.
    await giveToContainers(folder).catch(() => undefined);
    await restore?.finishRestore(context, folder);
    await tellOfUnfinishedRotation(context, folder, true);
    // What a killed `init` left would undo it, once the state folder is gone.
    await discardAbandoned(folder).catch(() => undefined);
    // The default folder for backups. A user without access to it has left nothing there.
    await discardDead(await backupFolder(folder)).catch(() => undefined);
    const giveUp = async () => void (await recover(folder, guard));
    const close = () => guard.release();
    const tell = (loss: AttributeLoss) => context.reporter.notice(lossWords(loss));
    return { folder, guard, tell, ...(waits && { giveUp }), [Symbol.asyncDispose]: close };
  } catch (error) {
    await guard.release();
    throw error;
  }
}

/** Warns about interrupted changes, for commands that only report. Silent while another command holds the installation. */
export async function warnOfInterruptedChange(context: Context, folder: string): Promise<void> {
  if (await isGuardHeld(folder)) return;
  await warnOfInterruptedRestore(context, folder);
  await tellOfUnfinishedRotation(context, folder, false);
}

function reportRecovered(
  { reporter }: Context,
  { why, startedAt, outcome, concurrentEdits }: Recovered,
): void {
  reporter.notice(`\`${why}\`, started at ${startedAt}, was interrupted. It is now ${outcome}.`);
  for (const { path, keptAs } of concurrentEdits) {
    reporter.notice(`Someone has saved ${path} since. That version is kept as ${keptAs}.`);
  }
}

/** Longer texts are not redacted, because the search is too expensive. */
const longest = 16 * 1024;

/**
 * Redacts all secrets of an installation from the output, including output of docker, services and nginx. Unreadable
 * files are skipped, because the command itself reports them.
 */
export async function protectInstallation(context: Context, folder: string): Promise<void> {
  const templates = await readLock(folder)
    .then((lock) => installedTemplates(context, folder, lock))
    .catch(() => loadTemplates(context))
    .catch(() => undefined);
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
