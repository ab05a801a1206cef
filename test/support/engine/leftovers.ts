import { execFile } from 'node:child_process';
import { type Dirent, existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cgroupName } from './daemon-config.ts';

const run = promisify(execFile);
const forwardSetting = '/proc/sys/net/ipv4/ip_forward';

/** Every engine's folder begins so, in the machine's temporary folder. */
export const folderPrefix = join(tmpdir(), 'proto-test-engine-');

/** To be called before the engine starts: what `removeLeftovers` needs to put back. */
export async function rememberMachine(folder: string): Promise<void> {
  await writeFile(join(folder, 'ip_forward'), await readFile(forwardSetting));
}

/**
 * Removes what a dead engine leaves: the bridges of its networks, its control groups, the kernel's
 * forwarding switch that it turned on, and its folder. Safe to call again on what is half removed.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  await removeBridges(folder);
  await removeControlGroups(cgroupName(folder));
  const saved = join(folder, 'ip_forward');
  if (existsSync(saved)) await writeFile(forwardSetting, await readFile(saved));
  await rm(folder, { recursive: true, force: true });
}

/** Removes the leftovers of every engine whose test run was killed. Living ones are left alone. */
export async function removeDeadEngines(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (folder.startsWith(folderPrefix) && (await isDead(folder))) await removeLeftovers(folder);
  }
}

// The command line names the folder, so another process that got the same id is not taken for it.
async function isDead(folder: string): Promise<boolean> {
  const pid = await readFile(join(folder, 'pid'), 'utf8').catch(() => undefined);
  if (pid === undefined) return false;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return !commandLine.includes(folder);
}

// Docker calls a network's bridge `br-` and the first twelve digits of the network's id. The ids
// stand in the engine's own database, so no other engine's bridge can be meant.
async function removeBridges(folder: string): Promise<void> {
  const database = join(folder, 'data/network/files/local-kv.db');
  const text = await readFile(database, 'latin1').catch(() => '');
  const ids = new Set(text.match(/[0-9a-f]{64}/g));
  for (const id of ids) {
    const bridge = `br-${id.slice(0, 12)}`;
    // Where the network was the engine's own, it has gone with it.
    const known = await run('ip', ['link', 'show', bridge]).catch(() => undefined);
    if (known !== undefined) await run('ip', ['link', 'delete', bridge]);
  }
}

// One tree a controller with version 1 of control groups, a single one with version 2.
async function removeControlGroups(name: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const parents = [root, ...(await folders(root)).map((entry) => join(root, entry.name))];
  for (const parent of parents) {
    const group = join(parent, name);
    if (existsSync(group)) await removeEmptyTree(group);
  }
}

// A control group's files cannot be removed, only the folder with them.
async function removeEmptyTree(folder: string): Promise<void> {
  for (const entry of await folders(folder)) await removeEmptyTree(join(folder, entry.name));
  await rmdir(folder);
}

async function folders(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory());
}
