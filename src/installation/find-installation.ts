import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { listFolder, readText, withoutLinks } from '../lib/fs/files.ts';
import { isOwn, ownerOf } from '../lib/fs/ownership.ts';
import { isNothing, isRemoved, mustBeText, mustBeWritable, stagesInside } from '../lib/fs/place.ts';
import { quoted } from '../lib/terminal/words.ts';
import { lockFile, stateFolder } from '../release/layout.ts';

/** What is already in the target folder of `init`. */
export type Occupant = 'nothing' | 'installation' | 'unfinished' | 'something else';

export async function occupantOf(folder: string): Promise<Occupant> {
  const names = await listFolder(folder);
  if (names === undefined || names.every(isNothing)) return 'nothing';
  if (!names.includes(stateFolder)) return 'something else';
  return (await readText(join(folder, lockFile))) === undefined ? 'unfinished' : 'installation';
}

/** The installation that contains a path. Searches upwards, as git does for a work tree. */
export async function enclosingInstallation(path: string): Promise<string | undefined> {
  for (let at = path; ; at = dirname(at)) {
    if ((await occupantOf(at).catch(unlessUnreadable)) === 'installation') return at;
    if (at === dirname(at)) return undefined;
  }
}

/** An unreadable folder is skipped. An unreadable lock file is an error. */
function unlessUnreadable(error: unknown): Occupant {
  if (error instanceof UserError && error.code === 'FILE_UNREADABLE') throw error;
  return 'something else';
}

/**
 * Finds the installation for a command, as git finds its work tree: `dir`, else this folder or a parent,
 * else ./proto.
 * @returns its absolute path, without symbolic links
 * @throws UserError NOT_AN_INSTALLATION, INSTALLATION_FOREIGN, INSTALLATION_UNFINISHED; FILE_UNREADABLE if it cannot be read
 */
export async function findInstallation(
  { cwd, env }: Pick<Context, 'cwd' | 'env'>,
  dir: string | undefined,
): Promise<string> {
  await mustBeText(resolve(cwd, dir ?? ''));
  if (dir === undefined) {
    const around = await enclosingInstallation(cwd);
    if (around !== undefined) return trusted(around, env);
  }
  const folder = resolve(cwd, dir ?? 'proto');
  switch (await occupantOf(folder)) {
    case 'installation':
      return dir === undefined ? trusted(folder, env) : withoutLinks(folder);
    case 'unfinished':
      throw unfinished(folder);
  }
  throw dir === undefined
    ? new UserError('NOT_AN_INSTALLATION', `No installation was found in ${cwd}.`)
    : new UserError('NOT_AN_INSTALLATION', `${folder} does not contain an installation.`, {
        hint: 'Pass the folder created by `proto-scaffold init`. It contains backend/ and .proto/.',
      });
}

/**
 * Rejects a folder where an installation cannot be created, before any other step.
 * @throws UserError INSTALLATION_EXISTS, INSTALLATION_UNFINISHED, FOLDER_NOT_EMPTY or FOLDER_READ_ONLY
 */
export async function rejectOccupied(target: string): Promise<void> {
  switch (await occupantOf(target)) {
    case 'installation':
      throw new UserError('INSTALLATION_EXISTS', `${target} already contains an installation.`);
    case 'unfinished':
      throw unfinished(target);
    case 'something else': {
      const names = ((await listFolder(target)) ?? []).filter((name) => !isNothing(name));
      const removed = names.filter(isRemoved).map((name) => join(target, name));
      if (removed.length === names.length) {
        const message = `${target} contains what \`proto-scaffold uninstall\` has moved to ${removed.join(', ')}.`;
        throw new UserError('FOLDER_NOT_EMPTY', message, {
          hint: `It contains configuration and secrets of that installation. Move it to another folder, or delete it: rm -r ${removed.map(quoted).join(' ')}. Then run the command again.`,
        });
      }
      throw new UserError(
        'FOLDER_NOT_EMPTY',
        `${target} contains files that do not belong to a Proto AICX installation.`,
      );
    }
  }
  const around = await enclosingInstallation(dirname(target));
  if (around !== undefined) {
    throw new UserError('INSTALLATION_EXISTS', `${target} is inside the installation ${around}.`, {
      hint: 'Change to a folder outside the installation, or run `proto-scaffold update` to update that installation.',
    });
  }
  if (await stagesInside(target)) {
    return mustBeWritable(
      target,
      'Get permission to list and write this folder, or choose another location: `proto-scaffold init DIR`.',
    );
  }
  await mustBeWritable(
    dirname(target),
    'The installation is built next to its final location. Choose a location whose parent folder you can write to, or get write permission.',
  );
}

/**
 * As in git: an installation that was found and not named must belong to this user or, under sudo, to the user who ran
 * it. Otherwise, any user could put one into /tmp and control what root starts there.
 * @returns its absolute path, without symbolic links
 * @throws UserError INSTALLATION_FOREIGN
 */
async function trusted(found: string, env: Context['env']): Promise<string> {
  const folder = await withoutLinks(found);
  const isOurs = (uid: number) => isOwn(uid) || (isOwn(0) && String(uid) === env.SUDO_UID);
  const state = await ownerOf(join(folder, stateFolder));
  const around = await ownerOf(folder);
  if (isOurs(state.uid) && (isOurs(around.uid) || around.uid === 0)) return folder;
  const message = `The installation in ${folder} belongs to another user (${state.uid}).`;
  throw new UserError('INSTALLATION_FOREIGN', message, {
    hint: `Its owner decides what its files run. To use it anyway, pass --dir ${quoted(folder)}`,
  });
}

function unfinished(folder: string): UserError {
  const message = `${folder} contains an incomplete installation: a .proto folder without a lock file.`;
  return new UserError('INSTALLATION_UNFINISHED', message);
}
