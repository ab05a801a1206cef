import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { listFolder, readText, removeTree } from '../lib/fs/files.ts';
import { type Holder, isAlive, parseHolder } from './holder.ts';

/**
 * The folders that `init` builds in, beside its target. `.NAME.init` is the guard against a second `init`
 * for the same target; it comes to be, and goes, by a rename, so that it is never seen without its
 * holder file. `.NAME.init-PID-RANDOM` is one that is just being made or removed.
 */
export const holderFile = 'holder.json';

export function guardFolder(target: string): string {
  return join(dirname(target), `.${basename(target)}.init`);
}

/** A new name. */
export function temporaryFolder(target: string): string {
  return `${guardFolder(target)}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** Renames a folder out of the way of others. @returns its new path, or `undefined` where it is gone */
export async function putAside(folder: string, target: string): Promise<string | undefined> {
  const aside = temporaryFolder(target);
  try {
    await rename(folder, aside);
    return aside;
  } catch {
    return undefined;
  }
}

/** Removes what a killed `init` left beside the target; not what a living one builds, nor what is foreign. */
export async function discardAbandoned(target: string): Promise<void> {
  const parent = dirname(target);
  const name = basename(guardFolder(target));
  for (const entry of await readdir(parent).catch(() => [])) {
    if (entry !== name && !isTemporary(entry, name)) continue;
    if (!(await isOwn(join(parent, entry)))) continue;
    if (!(await isAbandoned(join(parent, entry), entry, name))) continue;
    const doomed = await putAside(join(parent, entry), target);
    if (doomed === undefined) continue;
    // Looked at again: another that cleans up may have made it anew meanwhile.
    if (await isAbandoned(doomed, entry, name)) await removeTree(doomed);
    else await rename(doomed, join(parent, entry));
  }
}

/** Who builds there; `unknown` where this user may not look, `undefined` where nothing says it. */
export async function holderOf(folder: string): Promise<Holder | 'unknown' | undefined> {
  try {
    return parseHolder(await readText(join(folder, holderFile)));
  } catch (error) {
    if (error instanceof UserError) return 'unknown';
    throw error;
  }
}

/** What another user put there is not removed on the word of a file that he wrote, least of all by root. */
async function isOwn(folder: string): Promise<boolean> {
  const entry = await lstat(folder).catch(() => undefined);
  return entry?.isDirectory() === true && entry.uid === process.geteuid?.();
}

async function isAbandoned(folder: string, entry: string, name: string): Promise<boolean> {
  const holder = await holderOf(folder);
  if (holder === 'unknown') return false;
  if (holder !== undefined) return !(await isAlive(holder));
  if (entry !== name) return !isMakerAlive(entry, name);
  // Without its holder file the guard is none of ours, unless there is nothing in it to lose.
  return (await listFolder(folder).catch(() => undefined))?.length === 0;
}

function isTemporary(entry: string, name: string): boolean {
  return entry.startsWith(`${name}-`) && /^\d+-[0-9a-f]{8}$/.test(entry.slice(name.length + 1));
}

/** Does the process still run that has its number in the name? It is known by that alone at first. */
function isMakerAlive(entry: string, name: string): boolean {
  const pid = Number(entry.slice(name.length + 1).split('-')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
