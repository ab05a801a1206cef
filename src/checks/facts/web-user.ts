import { argsOf } from '../../lib/text/nginx-conf.ts';

/** The user that nginx runs as, and its permissions according to file modes. Access control lists are ignored. */

export interface WebUser {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** The `user` of nginx.conf. Without it, nginx uses its compiled default: www-data on Debian and Ubuntu. */
export function nginxUserName(conf: string): string {
  return argsOf(conf, 'user')[0]?.[0]?.text ?? 'www-data';
}

/**
 * @param passwd text of /etc/passwd
 * @param group text of /etc/group
 * @returns `undefined` if the user is not in passwd; a directory service may know the user
 */
export function webUser(name: string, passwd: string, group: string): WebUser | undefined {
  const line = rows(passwd).find(([user]) => user === name);
  if (line === undefined) return undefined;
  const others = rows(group).filter(([, , , members = '']) => members.split(',').includes(name));
  const gids = [line[3], ...others.map(([, , gid]) => gid)].map(Number);
  return { name, uid: Number(line[2]), gids };
}

function rows(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/** Owner and mode of a file or folder. */
export interface Ownership {
  readonly path: string;
  /** With or without the file type bits of stat(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Only the class of the user (owner, group or others) decides (path_resolution(7), "Permissions"). */
export function allows({ mode, uid, gid }: Ownership, user: WebUser, bit: 4 | 2 | 1): boolean {
  if (user.uid === 0) return true;
  const shift = user.uid === uid ? 6 : user.gids.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}
