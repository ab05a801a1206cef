import type { Reach } from '../../compose/service-reach.ts';
import type { Hosting } from '../../release/hosting.ts';
import { type Release, servicesOf } from '../../release/release.ts';

/** A host port that a service in docker-compose.yml publishes. */
export interface ServicePort {
  readonly service: string;
  /** Empty: all addresses. */
  readonly address: string;
  readonly port: number;
}

/** The ports that docker-compose.yml publishes, as rendered by a release. */
export function releasePorts(release: Release, hosting: Hosting): ServicePort[] {
  return servicesOf(release, hosting).flatMap(
    ([service, { publish: port, publish_address: address }]) =>
      port === undefined ? [] : [{ service, address, port }],
  );
}

/** The ports that services publish, each once. Services that do not start by themselves are ignored. */
export function portsOf(reaches: ReadonlyMap<string, Reach>): ServicePort[] {
  const ports = [...reaches].flatMap(([service, { ports, idle }]) =>
    idle ? [] : ports.map(({ address, port }) => ({ service, address, port })),
  );
  const byPlace = ports.map((port) => [JSON.stringify(port), port] as const);
  return [...new Map(byPlace).values()];
}

/**
 * The ports of each project's containers, from the output of `dockerPublished`: `proto-1a2b\t127.0.0.1:8080->8080/tcp, …`.
 * @returns Compose projects by port; empty for a container without a project
 */
export function portsOfProjects(text: string): Map<number, string> {
  const projects = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [project = '', ports = ''] = line.split('\t');
    for (const [, first = '', last = first] of ports.matchAll(/:(\d+)(?:-(\d+))?->/g)) {
      for (let port = Number(first); port <= Number(last); port++) projects.set(port, project);
    }
  }
  return projects;
}
