import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { fileSystemError } from '../lib/fs/file-errors.ts';
import { readOwnText, readText } from '../lib/fs/files.ts';
import { hashedBytes } from '../lib/fs/hashed-bytes.ts';
import { pathBelow } from '../lib/fs/path-below.ts';
import { lookAt, readPresent } from '../lib/fs/present-file.ts';
import { listTree } from '../lib/fs/trees.ts';
import { baseFolder, lockFile } from '../release/layout.ts';
import { ReleaseName } from '../release/release-name.ts';
import { historyFolder, stateOf, twin } from './state-paths.ts';

/**
 * `.proto/history/<n>/`: an earlier state of an installation. It contains meta.json, the former lock.json and base/,
 * and below files/ the operator's files and the static bundles that the change replaced.
 */
const SavedState = z.object({
  formatVersion: z.union([z.literal(1), z.literal(2)]),
  n: z.int().positive(),
  /** When the state ended (RFC 3339, UTC). */
  savedAt: z.string(),
  /** The release that was installed in it. */
  release: ReleaseName,
  /** What ended it, for people: `update to 2026.12.0`. */
  why: z.string(),
  /** Whether the change affected the release, or only settings. */
  kind: z.enum(['release', 'config']),
  /** The operator's files, by path in the installation. */
  files: z.record(
    pathBelow,
    z.object({ mode: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
  /** Missing files: deleted by the operator, or created by the change that ended the state. */
  absent: z.array(pathBelow),
});
export type SavedState = z.infer<typeof SavedState>;

/** How many states of each kind are kept. */
const kept = 5;

/** A state by its number; `state` is absent if it is damaged or from a newer program. */
export interface HistoryEntry {
  readonly n: number;
  readonly state?: SavedState;
}

/** All states, oldest first. */
export async function listHistory(installation: string): Promise<HistoryEntry[]> {
  const names = await historyNames(installation);
  const numbers = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return Promise.all(
    numbers
      .sort((a, b) => a - b)
      .map(async (n) => {
        const state = await readMeta(installation, n);
        return { n, ...(state !== undefined && { state }) };
      }),
  );
}

/** A number that is not used by a state or by kept files. */
export async function nextNumber(installation: string): Promise<number> {
  const names = await historyNames(installation);
  return 1 + Math.max(0, ...names.map((name) => Number(/\d+$/.exec(name)?.[0] ?? 0)));
}

/**
 * The states to remove when one of `kind` is added: all but the newest five of each kind. A settings state is
 * removed with its release, because the static bundles of that release are removed, too.
 */
export function expiredStates(
  entries: readonly HistoryEntry[],
  kind: SavedState['kind'],
): number[] {
  const added = { n: Number.POSITIVE_INFINITY, state: { kind } };
  const ofKind = (wanted: SavedState['kind']) =>
    [...entries, added].filter(({ state }) => state?.kind === wanted).map(({ n }) => n);
  const releases = ofKind('release');
  const oldestRelease = releases.length > kept ? (releases.at(-kept) ?? 0) : 0;
  return [
    ...releases.slice(0, -kept),
    ...ofKind('config').filter((n, index, all) => index < all.length - kept || n < oldestRelease),
  ].sort((a, b) => a - b);
}

/** A state with everything needed to roll back to it. */
export interface StateContent {
  readonly state: SavedState;
  /** The text of lock.json. */
  readonly lock: string;
  /** By path. */
  readonly base: ReadonlyMap<string, string>;
  /** By path; in bytes, because the operator's files may not be UTF-8. */
  readonly files: ReadonlyMap<string, { readonly bytes: Buffer; readonly mode: number }>;
}

/** @throws UserError STATE_DAMAGED */
export async function readState(installation: string, n: number): Promise<StateContent> {
  const damaged = (what: string) =>
    new UserError('STATE_DAMAGED', `${join(installation, stateOf(n))} ${what}.`);
  const state = await readMeta(installation, n);
  if (state === undefined)
    throw damaged('has no meta.json, or one that is damaged or from a newer version');
  const lock = await readStateLock(installation, n);
  if (lock === undefined) throw damaged('has no lock.json');
  const baseRoot = join(installation, twin(stateOf(n), baseFolder));
  const hashes = lockedFiles(lock);
  const base = await Promise.all(
    [...(hashes?.keys() ?? (await listTree(baseRoot)))].map(async (path) => {
      const text = Buffer.from((await readOwnText(join(baseRoot, path))) ?? '');
      return [path, (hashedBytes(text, hashes?.get(path)) ?? text).toString('utf8')] as const;
    }),
  );
  const files = await Promise.all(
    Object.entries(state.files).map(async ([path, { mode, sha256 }]) => {
      const file = await readPresent(installation, twin(stateOf(n), path));
      const bytes = file && hashedBytes(file.bytes, sha256);
      if (bytes === undefined) throw damaged(`does not contain the original ${path}`);
      return [path, { bytes, mode }] as const;
    }),
  );
  return { state, lock, base: new Map(base), files: new Map(files) };
}

/** The rendered files that a lock.json names, with the hashes of their original bytes; undefined if it names none. */
export function lockedFiles(lock: string): ReadonlyMap<string, string> | undefined {
  try {
    const parsed = z.object({ files: z.record(pathBelow, z.string()) }).safeParse(JSON.parse(lock));
    return parsed.success ? new Map(Object.entries(parsed.data.files)) : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a state's lock.json; `undefined` if it does not exist. */
export function readStateLock(installation: string, n: number): Promise<string | undefined> {
  return readText(join(installation, twin(stateOf(n), lockFile)));
}

/** A folder that was replaced when the state ended. @returns its absolute path, if the state has it */
export async function keptFolder(
  installation: string,
  n: number,
  folder: string,
): Promise<string | undefined> {
  const path = twin(stateOf(n), folder);
  const present = await lookAt(installation, path);
  return present?.isDirectory() ? join(installation, path) : undefined;
}

async function readMeta(installation: string, n: number): Promise<SavedState | undefined> {
  const file = join(installation, stateOf(n), 'meta.json');
  try {
    const state = SavedState.parse(JSON.parse((await readOwnText(file)) ?? ''));
    return state.n === n ? state : undefined;
  } catch (error) {
    if (error instanceof UserError) throw error;
    return undefined;
  }
}

async function historyNames(installation: string): Promise<string[]> {
  const folder = join(installation, historyFolder);
  return readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw fileSystemError(error, folder);
  });
}
