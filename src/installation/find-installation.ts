import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { listFolder, readText, withoutLinks } from '../lib/fs/files.ts';
import { isOwn, ownerOf } from '../lib/fs/ownership.ts';
import { isMountPoint, mustBeWritable } from '../lib/fs/place.ts';
import { quoted } from '../registry/load-credentials.ts';
import { lockFile, stateFolder } from '../release/layout.ts';

/** What lies in a folder that `init` is to fill. */
export type Occupant = 'nothing' | 'installation' | 'unfinished' | 'something else';

export async function occupantOf(folder: string): Promise<Occupant> {
  const names = await listFolder(folder);
  if (names === undefined || names.length === 0) return 'nothing';
  if (!names.includes(stateFolder)) return 'something else';
  return (await readText(join(folder, lockFile))) === undefined ? 'unfinished' : 'installation';
}

/** The installation that a path lies in, or is; as git looks for a work tree, upwards. */
export async function enclosingInstallation(path: string): Promise<string | undefined> {
  for (let at = path; ; at = dirname(at)) {
    if ((await occupantOf(at).catch(unlessUnreadable)) === 'installation') return at;
    if (at === dirname(at)) return undefined;
  }
}

/** A folder that can not be looked into is passed over; a lock file that can not be read is an answer. */
function unlessUnreadable(error: unknown): Occupant {
  if (error instanceof UserError && error.code === 'FILE_UNREADABLE') throw error;
  return 'something else';
}

/**
 * The installation that a command is for, as git finds its work tree: `dir`, else this folder or a parent,
 * else ./proto.
 * @returns its absolute path, without symbolic links
 * @throws UserError NOT_AN_INSTALLATION, INSTALLATION_UNFINISHED; FILE_UNREADABLE where it can not be looked at
 */
export async function findInstallation(
  { cwd, env }: Pick<Context, 'cwd' | 'env'>,
  dir: string | undefined,
): Promise<string> {
  if (dir === undefined) {
    const around = await enclosingInstallation(cwd);
    if (around !== undefined) {
      // As git has it: in /tmp, say, anybody could put one above us, and what `start` runs would be his.
      if (around !== cwd && !(await isTrusted(around, env.SUDO_UID))) throw foreign(around);
      return withoutLinks(around);
    }
  }
  const folder = resolve(cwd, dir ?? 'proto');
  switch (await occupantOf(folder)) {
    case 'installation':
      return withoutLinks(folder);
    case 'unfinished':
      throw unfinished(folder);
  }
  throw dir === undefined
    ? new UserError('NOT_AN_INSTALLATION', `There is no installation in ${cwd}.`)
    : new UserError('NOT_AN_INSTALLATION', `${folder} holds no installation.`, {
        hint: 'Name the folder that `proto-scaffold init` made: the one with backend/ and .proto/ in it.',
      });
}

/**
 * Refuses a place where no installation can be made, before anything else is done.
 * @throws UserError INSTALLATION_EXISTS, INSTALLATION_UNFINISHED, FOLDER_NOT_EMPTY or FOLDER_READ_ONLY
 */
export async function refuseOccupied(target: string): Promise<void> {
  switch (await occupantOf(target)) {
    case 'installation':
      throw new UserError('INSTALLATION_EXISTS', `${target} holds an installation already.`);
    case 'unfinished':
      throw unfinished(target);
    case 'something else':
      throw new UserError(
        'FOLDER_NOT_EMPTY',
        `${target} holds files that are no installation of Proto AICX.`,
      );
  }
  const around = await enclosingInstallation(dirname(target));
  if (around !== undefined) {
    throw new UserError(
      'INSTALLATION_EXISTS',
      `${target} would lie inside the installation ${around}.`,
      {
        hint: 'Go to a folder outside of it, or run `proto-scaffold update` for that installation.',
      },
    );
  }
  if (await isMountPoint(target)) {
    throw new UserError('FOLDER_NOT_EMPTY', `${target} is where a disk is mounted.`, {
      hint: `Choose a folder on that disk: proto-scaffold init ${quoted(join(target, 'proto'))}`,
    });
  }
  await mustBeWritable(dirname(target));
}

/** Whether this user made it, or root, or whoever called sudo. */
async function isTrusted(folder: string, sudoUid: string | undefined): Promise<boolean> {
  const { uid } = await ownerOf(join(folder, stateFolder));
  return isOwn(uid) || uid === 0 || String(uid) === sudoUid;
}

function foreign(folder: string): UserError {
  return new UserError('NOT_AN_INSTALLATION', `The installation in ${folder} is another user's.`, {
    hint: `If it is the one that is meant, say so: --dir ${quoted(folder)}`,
  });
}

function unfinished(folder: string): UserError {
  const message = `${folder} holds a .proto folder without a lock file: an installation that is not whole.`;
  return new UserError('INSTALLATION_UNFINISHED', message);
}
