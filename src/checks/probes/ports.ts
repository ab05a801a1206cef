import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { reachFrom, readOverride } from '../../compose/compose-project.ts';
import { dockerPublished } from '../../compose/docker.ts';
import { readText } from '../../lib/fs/files.ts';
import { readPlain } from '../../lib/fs/read-file.ts';
import { probe } from '../../lib/process/probe.ts';
import { known, valueIn } from '../../lib/process/probed.ts';
import { composeFile } from '../../release/layout.ts';
import { servicesOf } from '../../release/release.ts';
import {
  portsOf,
  portsOfProjects,
  releasePorts,
  type ServicePort,
} from '../facts/published-ports.ts';
import { type Listener, type PortHolder, parseSockets } from '../facts/sockets.ts';
import { ask } from './docker.ts';
import type { Probes, Probing } from './subject.ts';

const webPorts = [80, 443];

/** Facts about listening ports. */
export function portProbes(probing: Probing): Probes<'webPorts' | 'servicePorts'> {
  const { context, subject } = probing;
  return {
    webPorts: () =>
      probe(context, async () => {
        const held = await holders(await listenersOn(webPorts));
        return known({ held, nginxRuns: held.length > 0 && (await runs('nginx')) });
      }),
    servicePorts: () =>
      probe(context, async (signal) => {
        const wanted = await wantedPorts(probing);
        const project = subject.installation?.lock.project;
        const common = { wanted, ...(project !== undefined && { project }) };
        const listeners = await listenersOn(wanted.map(({ port }) => port));
        // Most of the time the ports are free, and Docker does not need to be asked.
        if (listeners.length === 0) return known({ ...common, held: [], asked: true });
        const [held, containers] = await Promise.all([
          holders(listeners),
          probe(context, async () => known(await ask(context, dockerPublished(), signal))),
        ]);
        const answer = valueIn(containers);
        const asked = answer?.exitCode === 0;
        const projects = portsOfProjects(asked ? answer.stdout : '');
        return known({
          ...common,
          asked,
          held: held.map((holder) => {
            const of = projects.get(holder.port);
            return of === undefined ? holder : { ...holder, project: of };
          }),
        });
      }),
  };
}

/** The ports in the current files of an installation, or in the release before `init`. */
async function wantedPorts({
  context,
  subject: { installation, templates },
  get,
}: Probing): Promise<ServicePort[]> {
  if (installation === undefined) {
    return servicesOf(templates.release, 'on-premise').flatMap(([service, { publish: port }]) =>
      port === undefined ? [] : [{ service, address: '127.0.0.1', port }],
    );
  }
  const { lock, base, current, folder } = installation;
  const compose = current.get(composeFile)?.text ?? '';
  // The file is unchanged since this release rendered it, so its ports are known.
  const asRendered =
    compose === base.get(composeFile) && lock.release.version === templates.release.release;
  const override = await readOverride(folder);
  if (asRendered && override === undefined) return releasePorts(templates.release, lock.hosting);
  return portsOf(await reachFrom(context, folder, valueIn(await get('mergedFiles'))));
}

async function listenersOn(ports: readonly number[]): Promise<Listener[]> {
  const texts = await Promise.all(['tcp', 'tcp6'].map((name) => readText(`/proc/net/${name}`)));
  const all = texts.flatMap((text) => parseSockets(text ?? ''));
  const wanted = new Set(ports);
  return all.filter(({ port }) => wanted.has(port));
}

async function holders(listeners: readonly Listener[]): Promise<PortHolder[]> {
  if (listeners.length === 0) return [];
  const programs = await socketHolders(new Set(listeners.map(({ inode }) => inode)));
  return listeners.map(({ port, address, inode, uid }) => {
    const program = programs.get(inode);
    return { port, address, uid, ...(program !== undefined && { program }) };
  });
}

/** Processes that this user can see in /proc (proc(5)). Those that end meanwhile are skipped. */

/**
 * The programs that own sockets. Only root can see the sockets of other users' processes.
 * @param inodes of the sockets
 * @returns names by inode
 */
export async function socketHolders(
  inodes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const holders = new Map<string, string>();
  // Newest first: services start after the kernel threads.
  for (const pid of (await processes()).reverse()) {
    if (holders.size === inodes.size) break;
    for (const inode of await socketsOf(pid)) {
      if (inodes.has(inode)) holders.set(inode, await nameOf(pid));
    }
  }
  return holders;
}

/** Whether a process with this name is running. */
export async function runs(name: string): Promise<boolean> {
  const names = await Promise.all((await processes()).map(nameOf));
  return names.includes(name);
}

async function processes(): Promise<string[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
}

async function nameOf(pid: string): Promise<string> {
  return (await readPlain(`/proc/${pid}/comm`).then(String, () => '')).trim();
}

async function socketsOf(pid: string): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    names.map((name) => readlink(join(folder, name)).catch(() => '')),
  );
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
