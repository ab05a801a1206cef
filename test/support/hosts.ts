import type { Desk } from './program.ts';

/** Hosts as operators have them, made around the program's process alone; they are gone when it ends. */

/** Runs a shell script as root of a mount namespace of its own; the program's command line is `"$@"`. */
export function inOwnMounts(desk: Desk, script: string, allUsers = false): void {
  // Mapped, root is the only user and group: a copy of files of others loses theirs.
  const mapped = allUsers && process.getuid?.() === 0 ? [] : ['--map-root-user'];
  desk.through = ['unshare', ...mapped, '--mount', 'sh', '-c', `set -e\n${script}`, 'sh'];
}

const nobody = 65534;

/** Runs the program as a user without rights; everything at the desk is that user's then. */
export function asOrdinaryUser(desk: Desk, chown: (path: string, uid: number) => void): void {
  if (process.getuid?.() !== 0) return;
  chown(desk.folder, nobody);
  desk.through = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
}
