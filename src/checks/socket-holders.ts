import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Processes as /proc shows them to this user (proc(5)); those that end meanwhile are passed over. */

/**
 * The programs that hold sockets. Of other users' processes only root sees which are open.
 * @param inodes of the sockets
 * @returns names by inode
 */
export async function socketHolders(
  inodes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const holders = new Map<string, string>();
  // From the youngest: services were started after the kernel's own threads.
  for (const pid of (await processes()).reverse()) {
    if (holders.size === inodes.size) break;
    for (const inode of await socketsOf(pid)) {
      if (inodes.has(inode)) holders.set(inode, await nameOf(pid));
    }
  }
  return holders;
}

/** Whether a process of that name runs. */
export async function runs(name: string): Promise<boolean> {
  const names = await Promise.all((await processes()).map(nameOf));
  return names.includes(name);
}

async function processes(): Promise<string[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
}

async function nameOf(pid: string): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
}

async function socketsOf(pid: string): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    names.map((name) => readlink(join(folder, name)).catch(() => '')),
  );
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
