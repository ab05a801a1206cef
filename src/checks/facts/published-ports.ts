import { isMap, isScalar, parseDocument } from 'yaml';
import { wildYaml } from '../../lib/text/text-limits.ts';
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

/**
 * The ports that a Compose file publishes (Compose specification, "ports"): `[address:]host:container[/tcp]`, a range
 * of them, or a map with `published`. UDP ports and entries with variables are ignored.
 */
export function publishedPorts(compose: string): ServicePort[] {
  if (wildYaml(compose) !== undefined) return [];
  const services = parseDocument(compose, { uniqueKeys: false, prettyErrors: false }).get(
    'services',
  );
  if (!isMap(services)) return [];
  return services.items.flatMap(({ key, value }) => {
    const service = isScalar(key) ? String(key.value) : '';
    if (!isMap(value)) return [];
    const ports: unknown = value.toJSON()?.ports;
    return Array.isArray(ports)
      ? ports.flatMap(fromEntry).map((port) => ({ service, ...port }))
      : [];
  });
}

type HostPort = Omit<ServicePort, 'service'>;

function fromEntry(entry: unknown): HostPort[] {
  if (typeof entry === 'object' && entry !== null) {
    const { published, host_ip: address = '', protocol } = entry as Record<string, unknown>;
    if (protocol !== undefined && protocol !== 'tcp') return [];
    return portsIn(String(published ?? ''), String(address));
  }
  const [, address = '', published = ''] =
    /^(?:(.+):)?([\d-]+):[\d-]+(?:\/tcp)?$/.exec(String(entry)) ?? [];
  return portsIn(published, address.replace(/^\[(.*)\]$/, '$1'));
}

const mostPorts = 1000;

function portsIn(range: string, address: string): HostPort[] {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
  if (first === '') return [];
  const count = Math.min(Number(last) - Number(first) + 1, mostPorts);
  return Array.from({ length: Math.max(0, count) }, (_, index) => ({
    address,
    port: Number(first) + index,
  }));
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
