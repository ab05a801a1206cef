import {
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pid } from 'node:process';
import { UserError } from '../errors.ts';
import { roomIn } from '../lib/fs/free-space.ts';
import { isOwn, ownUid } from '../lib/fs/ownership.ts';
import { changeableAbove } from '../lib/fs/temporary-folder.ts';
import type { Environment } from '../lib/net/proxy.ts';
import { processStat } from '../lib/process/process-table.ts';
import type { Descriptor } from '../registry/manifest.ts';

/**
 * What has been received of an archive, for the next run: a file named by the digest, in a folder of this user alone.
 * Whoever uses it claims it by name, so that two runs never write to the same file. It is not trusted: the digest of
 * the whole archive is computed with it.
 */
export interface PartialArchive {
  readonly handle: FileHandle;
  /** How much of the archive is there. */
  readonly bytes: number;
  /** Where it is. */
  readonly folder: string;
  /** Leaves it for the next run. */
  keep(): Promise<void>;
  /** Removes its name: what is open stays readable. */
  remove(): Promise<void>;
}

/** Survives a reboot, unlike /tmp (file-hierarchy(7)). */
export function partsFolder({ TMPDIR }: Environment): string {
  return join(resolve(TMPDIR || '/var/tmp'), `proto-scaffold-${ownUid()}`);
}

/** @returns undefined if nothing can be kept there: the folder is another user's, or its disk is nearly full */
export async function openPartialArchive(
  folder: string,
  { digest, size }: Descriptor,
): Promise<PartialArchive | undefined> {
  try {
    if (!(await isOurFolder(folder))) return undefined;
    await removeOld(folder);
    const hex = digest.replace(/^sha256:/, '');
    const [left, claim] = [join(folder, hex), join(folder, await claimOf(hex))];
    await takeOver(folder, hex, claim);
    const handle = await open(
      claim,
      constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW,
      0o600,
    );
    const bytes = await usable(handle, size);
    if (bytes === undefined || (await roomIn(folder)) < size - bytes) {
      await handle.close();
      await unlink(claim);
      return undefined;
    }
    return { handle, bytes, folder, keep: () => rename(claim, left), remove: () => unlink(claim) };
  } catch (error) {
    // It saves time, and is not needed.
    if (error instanceof UserError || 'code' in (error as Error)) return undefined;
    throw error;
  }
}

async function isOurFolder(folder: string): Promise<boolean> {
  if ((await changeableAbove(dirname(folder))) !== undefined) return false;
  await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  const found = await lstat(folder);
  return found.isDirectory() && isOwn(found.uid) && (found.mode & 0o077) === 0;
}

/** In ms. */
const week = 7 * 24 * 3600 * 1000;

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await lstat(path);
    if (Date.now() - mtimeMs > week) await unlink(path);
  }
}

/** `DIGEST-PID-START`: the process that uses it. The start time tells it from a later one with the same id. */
async function claimOf(hex: string): Promise<string> {
  return `${hex}-${pid}-${(await processStat(pid))?.ticks ?? 0}`;
}

/** Renames what an ended run has left. Of several runs, only one can. */
async function takeOver(folder: string, hex: string, claim: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [digest, owner, ticks] = name.split('-');
    if (digest !== hex || join(folder, name) === claim) continue;
    if (owner !== undefined && (await processStat(Number(owner)))?.ticks === ticks) continue;
    const taken = await rename(join(folder, name), claim).then(
      () => true,
      () => false,
    );
    if (taken) return;
  }
}

/** How much of it can be used; undefined if it is not a file of ours. */
async function usable(handle: FileHandle, size: number): Promise<number | undefined> {
  const found = await handle.stat();
  if (!found.isFile() || !isOwn(found.uid) || found.nlink !== 1) return undefined;
  if (found.size < size) return found.size;
  await handle.truncate(0);
  return 0;
}
