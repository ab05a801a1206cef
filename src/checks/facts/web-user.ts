/** The user whom nginx serves files as, and what he may do: by the modes alone; access lists are not looked at. */

export interface WebUser {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** The `user` of nginx.conf; without it nginx takes what it was built with: Debian's and Ubuntu's www-data. */
export function nginxUserName(conf: string): string {
  return /^\s*user\s+([^\s;]+)/m.exec(conf)?.[1] ?? 'www-data';
}

/**
 * @param passwd text of /etc/passwd
 * @param group text of /etc/group
 * @returns `undefined` where the user is not in it: a directory service may know him
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
  /** With the kind of file in it, as stat(2) has it, or without. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The class that a user is in decides alone (path_resolution(7), "Permissions"). */
export function allows({ mode, uid, gid }: Ownership, user: WebUser, bit: 4 | 2 | 1): boolean {
  if (user.uid === 0) return true;
  const shift = user.uid === uid ? 6 : user.gids.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}
