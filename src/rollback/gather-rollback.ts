import { isUtf8 } from 'node:buffer';
import { readOverride } from '../compose/compose-project.ts';
import { missingImages } from '../compose/platform.ts';
import { readConfig } from '../config/parameters.ts';
import { withKeptSecrets } from '../config/rotation.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import { type Lock, parseLock } from '../installation/lock.ts';
import { readLock } from '../installation/read-installation.ts';
import { sha256 } from '../lib/fs/files.ts';
import { readPresent } from '../lib/fs/present-file.ts';
import { baseFolder, composeFile } from '../release/layout.ts';
import { Secret } from '../secret.ts';
import {
  type HistoryEntry,
  keptFolder,
  listHistory,
  readState,
  readStateLock,
  type StateContent,
} from '../transaction/history.ts';
import { mustKnowIfRunning } from '../update/apply-change.ts';
import {
  type BundleState,
  chooseState,
  type KnownFile,
  lockedImages,
  type RollbackInput,
} from './plan-rollback.ts';

/** The input of a rollback, and the state to restore. */
export interface GatheredRollback {
  readonly input: RollbackInput;
  readonly content: StateContent;
  /** Files only. */
  readonly withoutEngine: boolean;
}

/**
 * Gathers the input of a rollback to state `n`, or to the state before the last change of release. Changes nothing.
 * The current state may be damaged, which can be the reason for the rollback.
 * @throws UserError STATE_UNKNOWN, STATE_DAMAGED, LOCK_INVALID; DOCKER_ENGINE_UNREACHABLE
 */
export async function gatherRollback(
  context: Context,
  folder: string,
  n: number | undefined,
  withoutEngine: boolean,
): Promise<GatheredRollback> {
  const now = await readLock(folder);
  const entries = await listHistory(folder);
  const saved = await readState(folder, chooseState(entries, n));
  const lock = soundLock(saved);
  const content = await withCurrentSecrets(context, folder, saved, lock);
  const states = await laterStates(folder, entries, content.state.n, lock);
  const base = await baseHashes(folder, now);
  const absent = states.flatMap((state) => state.absent);
  const paths = [...content.files.keys(), ...base.keys(), ...absent];
  const running = !withoutEngine && (await mustKnowIfRunning(context, folder));
  const missing = withoutEngine ? [] : await missingImages(context, lockedImages(lock));
  const input: RollbackInput = {
    installation: folder,
    target: { n: content.state.n, lock, files: filesOf(content) },
    states,
    now: { lock: now, files: await presentFiles(folder, paths), base },
    override: await readOverride(folder),
    missing,
    running,
  };
  return { input, content, withoutEngine };
}

/** docker-compose.yml of the state, if the operator has a part in it: there, or by an override. */
export function ownCompose({ input, content }: GatheredRollback): string | undefined {
  const text = input.target.files.get(composeFile)?.content.reveal();
  const pristine = content.base.get(composeFile);
  return input.override === undefined && text === pristine ? undefined : text;
}

/**
 * The state with the current values of secrets that the database also stores: the database would reject a password from
 * before a rotation.
 */
async function withCurrentSecrets(
  context: Context,
  installation: string,
  saved: StateContent,
  lock: Lock,
): Promise<StateContent> {
  const { hosting } = lock;
  const templates = await installedTemplates(context, installation, lock);
  const then = textsOf([...saved.files].map(([path, { bytes }]) => [path, bytes]));
  const input = { installation, hosting, templates, base: saved.base, current: then };
  const present: [string, Buffer][] = [];
  for (const path of saved.files.keys()) {
    const file = await readPresent(installation, path);
    if (file !== undefined) present.push([path, file.bytes]);
  }
  const kept = withKeptSecrets(input, readConfig(input), textsOf(present));
  if (kept.size > 0) {
    context.reporter.notice(
      `The database password was rotated since that state. These files keep the current password: ${[...kept.keys()].join(', ')}.`,
    );
  }
  const files = [...saved.files].map(([path, file]) => {
    const text = kept.get(path);
    return [path, text === undefined ? file : { ...file, bytes: Buffer.from(text) }] as const;
  });
  return { ...saved, files: new Map(files) };
}

/** Files that are not UTF-8 are skipped. */
function textsOf(files: readonly (readonly [path: string, bytes: Buffer])[]): Map<string, string> {
  return new Map(
    files
      .filter(([, bytes]) => isUtf8(bytes))
      .map(([path, bytes]) => [path, bytes.toString('utf8')]),
  );
}

function soundLock({ state, lock: text, base }: StateContent): Lock {
  const file = `.proto/history/${state.n}/lock.json`;
  const lock = parseLock(text, file);
  const damaged = Object.entries(lock.files).find(
    ([path, hash]) => sha256(base.get(path) ?? '') !== hash,
  )?.[0];
  if (damaged === undefined) return lock;
  throw new UserError('STATE_DAMAGED', `The merge base of state ${state.n} was modified.`, {
    faults: [{ file: `.proto/history/${state.n}/base/${damaged}`, message: 'was modified' }],
  });
}

/** The state to restore, and all later states. Damaged states are not used as a source. */
async function laterStates(
  folder: string,
  entries: readonly HistoryEntry[],
  first: number,
  target: Lock,
): Promise<RollbackInput['states']> {
  const bundles = Object.values(target.bundles);
  const states = entries.map(async ({ n, state }) => {
    const text = n < first || state === undefined ? undefined : await readStateLock(folder, n);
    if (text === undefined) return [];
    const kept = bundles.map(async (bundle) =>
      (await keptFolder(folder, n, bundle.folder)) === undefined ? [] : [bundle.folder],
    );
    const folders = (await Promise.all(kept)).flat();
    const keeper: BundleState = { n, lock: parseLock(text, `state ${n}`), folders };
    return [{ ...keeper, absent: state?.absent ?? [] }];
  });
  return (await Promise.all(states)).flat();
}

function filesOf({ files }: StateContent): Map<string, KnownFile> {
  return new Map([...files].map(([path, { bytes }]) => [path, known(bytes)]));
}

async function presentFiles(
  folder: string,
  paths: readonly string[],
): Promise<Map<string, KnownFile>> {
  const present = new Map<string, KnownFile>();
  for (const path of new Set(paths)) {
    const file = await readPresent(folder, path);
    if (file !== undefined) present.set(path, known(file.bytes));
  }
  return present;
}

function known(bytes: Buffer): KnownFile {
  return { sha256: sha256(bytes), content: new Secret(bytes.toString('utf8')) };
}

async function baseHashes(folder: string, { files }: Lock): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of Object.keys(files)) {
    const file = await readPresent(folder, `${baseFolder}/${path}`);
    if (file !== undefined) hashes.set(path, file.sha256);
  }
  return hashes;
}
