import { dockerPublished } from '../../compose/docker.ts';
import { readOverride } from '../../compose/read-override.ts';
import { readText } from '../../lib/fs/files.ts';
import { probe } from '../../lib/process/probe.ts';
import { known, valueIn } from '../../lib/process/probed.ts';
import { composeFile } from '../../release/layout.ts';
import { servicesOf } from '../../release/release.ts';
import { portsOfProjects } from '../facts/container-ports.ts';
import { type PublishedPort, publishedPorts, releasePorts } from '../facts/published-ports.ts';
import { type Listener, type PortHolder, parseSockets } from '../facts/sockets.ts';
import { runs, socketHolders } from '../socket-holders.ts';
import { ask } from './docker.ts';
import type { Probes, Probing, Subject } from './subject.ts';

const webPorts = [80, 443];

/** Who listens where. */
export function portProbes({ context, subject }: Probing): Probes<'webPorts' | 'servicePorts'> {
  return {
    webPorts: () =>
      probe(context, async () => {
        const held = await holders(await listenersOn(webPorts));
        return known({ held, nginxRuns: held.length > 0 && (await runs('nginx')) });
      }),
    servicePorts: () =>
      probe(context, async (signal) => {
        const wanted = await wantedPorts(subject);
        const project = subject.installation?.lock.project;
        const common = { wanted, ...(project !== undefined && { project }) };
        const listeners = await listenersOn(wanted.map(({ port }) => port));
        // Most of the time the ports are free, and nobody needs to be asked.
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

/** In an installation those of the files as they are now; before, those of the release. */
async function wantedPorts({ installation, templates }: Subject): Promise<PublishedPort[]> {
  if (installation === undefined) {
    return servicesOf(templates.release, 'on-premise').flatMap(([service, { publish: port }]) =>
      port === undefined ? [] : [{ service, address: '127.0.0.1', port }],
    );
  }
  const { lock, base, current, folder } = installation;
  const compose = current.get(composeFile)?.text ?? '';
  // As rendered, by this very release: what is in it is known without reading it.
  const asRendered =
    compose === base.get(composeFile) && lock.release.templates === templates.release.release;
  const override = await readOverride(folder);
  return [
    ...(asRendered ? releasePorts(templates.release, lock.hosting) : publishedPorts(compose)),
    ...(override === undefined ? [] : publishedPorts(override)),
  ];
}

async function listenersOn(ports: readonly number[]): Promise<Listener[]> {
  const texts = await Promise.all(['tcp', 'tcp6'].map((name) => readText(`/proc/net/${name}`)));
  const all = texts.flatMap((text) => parseSockets(text ?? ''));
  return all.filter(({ port }) => ports.includes(port));
}

async function holders(listeners: readonly Listener[]): Promise<PortHolder[]> {
  if (listeners.length === 0) return [];
  const programs = await socketHolders(new Set(listeners.map(({ inode }) => inode)));
  return listeners.map(({ port, address, inode, uid }) => {
    const program = programs.get(inode);
    return { port, address, uid, ...(program !== undefined && { program }) };
  });
}
