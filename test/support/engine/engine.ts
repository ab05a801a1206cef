import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { daemonConfig, socketPath } from './daemon-config.ts';
import { getFromEngine } from './engine-api.ts';
import { folderPrefix, rememberMachine, removeDeadEngines, removeLeftovers } from './leftovers.ts';
import { killIsolated, spawnIsolated } from './namespaces.ts';

const Info = z.object({ ServerVersion: z.string(), Driver: z.string() });

/** A Docker Engine of the tests' own. */
export interface Engine {
  /** For `DOCKER_HOST`: `unix:///…/docker.sock`. */
  readonly host: string;
  /** The engine's folder; a Docker client's configuration may be kept in it. */
  readonly folder: string;
  readonly version: string;
  /** The one that the engine chose for the file system it found: `overlay2`, or else `vfs`. */
  readonly storageDriver: string;
  /** Kills it with all its containers and removes all it made. */
  stop(): Promise<void>;
}

/**
 * Starts a Docker Engine that shares nothing with one the machine may have: own folder, socket,
 * containerd and configuration. First clears away what a killed run left. Needs root and dockerd.
 * @param patience milliseconds until it must answer
 * @param change settings of daemon.json, and shell commands for the daemon's own mount namespace
 * @throws with the end of the daemon's log when it dies or does not answer in time
 */
export async function startEngine(
  patience = 60_000,
  change: { readonly config?: object; readonly prepare?: string } = {},
): Promise<Engine> {
  await removeDeadEngines();
  const folder = await mkdtemp(folderPrefix);
  const config = join(folder, 'daemon.json');
  await writeFile(config, JSON.stringify({ ...daemonConfig(folder), ...change.config }));
  await rememberMachine(folder);
  const prepared = ['sh', '-ec', `${change.prepare ?? ''}\nexec "$@"`, 'sh'];
  const daemon = spawnIsolated(
    [...prepared, 'dockerd', '--config-file', config],
    join(folder, 'log'),
  );
  const stop = async () => {
    await killIsolated(daemon);
    await removeLeftovers(folder);
  };
  try {
    await writeFile(join(folder, 'pid'), String(daemon.pid));
    const { ServerVersion, Driver } = await untilReady(folder, daemon, Date.now() + patience);
    const host = `unix://${socketPath(folder)}`;
    return { host, folder, version: ServerVersion, storageDriver: Driver, stop };
  } catch (cause) {
    const log = await readFile(join(folder, 'log'), 'utf8');
    await stop();
    throw new Error(`dockerd did not start:\n${log.slice(-2000)}`, { cause });
  }
}

async function untilReady(folder: string, daemon: ChildProcess, deadline: number) {
  for (;;) {
    try {
      return Info.parse(await getFromEngine(socketPath(folder), '/info'));
    } catch (cause) {
      const isDead = daemon.exitCode !== null || daemon.signalCode !== null;
      if (isDead || Date.now() > deadline) throw cause;
      await sleep(50);
    }
  }
}
