import * as z from 'zod';
import { servicesIn } from '../../compose/compose-text.ts';
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
 * The ports that the services of Compose files publish, from their texts: the second file changes the first, as Compose
 * merges them. Services that do not start by themselves, UDP ports and entries with variables are ignored.
 */
export function publishedPorts(...composeTexts: readonly string[]): ServicePort[] {
  const entries = new Map<string, unknown[]>();
  const idle = new Set<string>();
  for (const text of composeTexts) {
    for (const [service, { settings, tags }] of servicesIn(text)) {
      const replaces = tags.has('') || tags.has('ports');
      const own = tags.get('ports') !== '!reset' && Array.isArray(settings.ports);
      const before = replaces ? [] : (entries.get(service) ?? []);
      entries.set(service, [...before, ...(own ? (settings.ports as unknown[]) : [])]);
      if (isIdle(settings)) idle.add(service);
    }
  }
  return [...entries].flatMap(([service, ports]) =>
    idle.has(service) ? [] : portsOf(service, ports),
  );
}

const Model = z.object({ services: z.record(z.string(), z.record(z.string(), z.unknown())) });

/**
 * The same from the output of `docker compose config --format json`, in which Compose has merged all files and inserted
 * variables. @returns `undefined` if it is something else
 */
export function portsOfModel(text: string): ServicePort[] | undefined {
  try {
    const { services } = Model.parse(JSON.parse(text));
    return Object.entries(services).flatMap(([service, settings]) =>
      isIdle(settings) || !Array.isArray(settings.ports) ? [] : portsOf(service, settings.ports),
    );
  } catch {
    return undefined;
  }
}

/** It has a profile, or no containers. */
function isIdle({ profiles, scale, deploy }: Readonly<Record<string, unknown>>): boolean {
  const { replicas } = (deploy ?? {}) as { replicas?: unknown };
  return (Array.isArray(profiles) && profiles.length > 0) || (scale ?? replicas) === 0;
}

/** Each port once: Compose accepts repeated entries. */
function portsOf(service: string, entries: readonly unknown[]): ServicePort[] {
  const ports = entries.flatMap(fromEntry).map((port) => ({ service, ...port }));
  return [...new Map(ports.map((port) => [`${port.address} ${port.port}`, port])).values()];
}

type HostPort = Omit<ServicePort, 'service'>;

/**
 * Compose specification, "ports": `[address:]host:container[/tcp]`, a range of them, or a map with `published`.
 */
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
