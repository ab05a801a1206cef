import { type FileOutcome, type FileSides, mergeFile } from '../compose/merge-file.ts';
import type { HostPort, Reach } from '../compose/service-reach.ts';
import type { Fault } from '../errors.ts';
import { lineOf, nginxBlocks } from '../lib/text/nginx-conf.ts';
import type { OnConflict } from '../merge/result.ts';
import type { Hosting } from '../release/hosting.ts';
import { nginxFile } from '../release/layout.ts';
import { type Release, type ServiceDescription, servicesOf } from '../release/release.ts';
import { withClosingListens, withClosingListensOf } from './closing-server.ts';

/**
 * The ports by which the host's nginx reaches the services. Their source is Compose, which publishes them; nginx/proto.conf
 * has a copy.
 */

/** Where nginx reaches each service: `127.0.0.1:8080`. */
export type Upstreams = ReadonlyMap<string, string>;

/** How each service is reached, according to Compose. */
export type Reaches = ReadonlyMap<string, Reach>;

/** An address in a site to which it sends requests. */
interface Server {
  /** `127.0.0.1:8080` */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface RoutedService {
  readonly name: string;
  readonly path: string;
  readonly port: number;
}

function routedServices(release: Release, hosting: Hosting): RoutedService[] {
  return servicesOf(release, hosting).flatMap(([name, { route, port }]) =>
    route === undefined || port === undefined ? [] : [{ name, path: route.path, port }],
  );
}

/** Where nginx reaches a service as the release publishes it. */
export function releaseUpstream({ publish, publish_address }: ServiceDescription): string {
  return nginxAddress(publish_address, publish ?? 0);
}

/**
 * The address for each service in a new render of a site: the one that the site has, if it is right or nothing is
 * known; otherwise the first that Compose publishes.
 * @param conf the current site
 */
export function upstreamsFor(
  release: Release,
  hosting: Hosting,
  reaches: Reaches,
  conf: string | undefined,
): Upstreams {
  return new Map(
    routedServices(release, hosting).flatMap((service) => {
      const reach = reaches.get(service.name);
      const ports = portsFor(service, reach);
      const [present, ...others] = conf === undefined ? [] : serversOf(conf, service.path);
      const known = ports.length > 0;
      if (present !== undefined && others.length === 0) {
        if (!known || ports.some((port) => leadsTo(present.text, port))) {
          return [[service.name, present.text] as const];
        }
      }
      const [first] = ports;
      return first === undefined
        ? []
        : [[service.name, nginxAddress(first.address, first.port)] as const];
    }),
  );
}

/**
 * Merges nginx/proto.conf. Copies follow what they are copies of, so that edits next to them do not conflict: the server
 * that closes connections listens where the others do. Before the merge, ports follow Compose in the base, and in the file where the operator did not change
 * them, so that edits next to them do not conflict.
 */
export function mergeSite(
  sides: FileSides,
  input: { readonly release: Release; readonly hosting: Hosting; readonly reaches: Reaches },
  onConflict: OnConflict,
): FileOutcome {
  const { base, current, incoming } = sides;
  if (base === undefined || current === undefined || incoming === undefined) {
    return mergeFile(sides, input.release, onConflict);
  }
  const followed = withPorts(withClosingListensOf(current, base), base, input);
  const outcome = mergeFile(
    { ...sides, base: withPorts(base, base, input), current: followed },
    input.release,
    onConflict,
  );
  const merged = withClosingListens(outcome.text ?? followed);
  if (merged === (outcome.text ?? current)) return outcome;
  if (outcome.kind !== 'keep') return { ...outcome, text: merged };
  if (merged === current) return outcome;
  return { ...outcome, kind: merged === incoming ? 'update' : 'merge', text: merged };
}

function withPorts(
  conf: string,
  base: string,
  { release, hosting, reaches }: Parameters<typeof mergeSite>[1],
): string {
  const edits = routedServices(release, hosting).flatMap((service) => {
    const ports = portsFor(service, reaches.get(service.name));
    const [first] = ports;
    if (first === undefined) return [];
    const rendered = serversOf(base, service.path).map(({ text }) => text);
    return serversOf(conf, service.path)
      .filter(({ text }) => rendered.includes(text) && !ports.some((port) => leadsTo(text, port)))
      .map(({ start, end }) => ({ start, end, text: nginxAddress(first.address, first.port) }));
  });
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), conf);
}

/** Where a site and Compose disagree. */
export interface PortFaults {
  readonly faults: readonly Fault[];
  /** Services whose ports are not known. */
  readonly unclear: readonly string[];
}

/** @param conf the current site */
export function portFaults(
  conf: string,
  release: Release,
  hosting: Hosting,
  reaches: Reaches,
): PortFaults {
  const unclear: string[] = [];
  const faults = routedServices(release, hosting).flatMap((service): Fault[] => {
    const { name, path } = service;
    const reach = reaches.get(name);
    const ports = portsFor(service, reach);
    return serversOf(conf, path).flatMap(({ text, start }): Fault[] => {
      if (ports.some((port) => leadsTo(text, port)) || !mayBeHere(text, ports)) return [];
      if (reach === undefined || reach.unclear) {
        unclear.push(name);
        return [];
      }
      const found =
        ports.length === 0
          ? 'Compose publishes no fixed TCP port for it'
          : `Compose publishes it at ${ports.map(({ address, port }) => nginxAddress(address, port)).join(', ')}`;
      const message = `sends requests for ${name} to ${text}, but ${found}`;
      return [{ file: nginxFile, line: lineOf(conf, start), message }];
    });
  });
  return { faults, unclear: [...new Set(unclear)] };
}

/** The fixed ports that lead to a service, those to the port of its description first. */
function portsFor({ port }: RoutedService, reach: Reach | undefined): HostPort[] {
  if (reach?.hostNetwork) return [{ address: '', port, target: port }];
  const fixed = (reach?.ports ?? []).filter(({ chosen }) => !chosen);
  const direct = fixed.filter(({ target }) => target === port);
  return direct.length > 0 ? direct : fixed;
}

/** How nginx on the same host addresses a published port. */
function nginxAddress(address: string, port: number): string {
  if (['', '0.0.0.0'].includes(address)) return `127.0.0.1:${port}`;
  if (address === '::') return `[::1]:${port}`;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The host and port of a server; nginx's default port is 80. */
function hostAndPort(server: string): { host: string; port: number } {
  const [, host = server, port = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(server) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, '$1').toLowerCase(), port: Number(port) };
}

function leadsTo(server: string, { address, port }: HostPort): boolean {
  const at = hostAndPort(server);
  if (at.port !== port) return false;
  if (address === '') return true;
  if (at.host === 'localhost') return ['127.0.0.1', '0.0.0.0', '::1', '::'].includes(address);
  const isIpv6 = at.host.includes(':');
  return address === at.host || (isIpv6 ? address === '::' : address === '0.0.0.0');
}

/** Whether a server is on this host. A site may also send requests to another one, which is the operator's decision. */
function mayBeHere(server: string, ports: readonly HostPort[]): boolean {
  const { host } = hostAndPort(server);
  return (
    host === 'localhost' ||
    host === '::1' ||
    /^127\./.test(host) ||
    ports.some(({ address }) => address === host)
  );
}

/** The addresses to which a site sends the requests for a path. */
function serversOf(conf: string, path: string): Server[] {
  const upstreams = nginxBlocks(conf, 'upstream');
  return nginxBlocks(conf, 'location')
    .filter(({ args }) => args.at(-1)?.text === path)
    .flatMap(({ content }) => content.filter(({ name }) => name === 'proxy_pass'))
    .flatMap(({ args: [url] }) => {
      const target = /^https?:\/\/([^/?#]+)/i.exec(url?.text ?? '')?.[1];
      if (url === undefined || target === undefined) return [];
      // A variable after the name of an upstream has the path.
      const named = target.replace(/\$.*/, '');
      const upstream = upstreams.find(({ args }) => args[0]?.text === named);
      if (upstream === undefined) {
        const start = conf.indexOf(target, url.start);
        return [{ text: target, start, end: start + target.length }];
      }
      return upstream.content.flatMap(({ name, args: [server] }) =>
        name === 'server' && server !== undefined ? [server] : [],
      );
    })
    .filter(({ text }) => !/^unix:|\$/.test(text));
}
