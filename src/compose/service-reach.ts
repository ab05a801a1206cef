import * as z from 'zod';
import { servicesIn } from './compose-text.ts';

/** A TCP port of the host that leads to one of a container. */
export interface HostPort {
  /** Empty: all addresses. */
  readonly address: string;
  readonly port: number;
  /** In the container. */
  readonly target: number;
  /** The engine chooses it from a range, so it may be another one after each start. */
  readonly chosen?: true;
}

/** How a service is reached from outside of its containers. */
export interface Reach {
  readonly ports: readonly HostPort[];
  /** It uses the host's network, so each port of the container is one of the host. */
  readonly hostNetwork: boolean;
  /** It does not start by itself: it has a profile, or no containers. */
  readonly idle: boolean;
  /** Some ports are unknown: they depend on another file, or on a variable that cannot be resolved. */
  readonly unclear: boolean;
}

/** The variables of the shell and of backend/.env, by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * How each service is reached, as Compose merges the files (Compose specification, "ports", "Merge", "Interpolation"): later
 * ports are added to earlier ones, `!override` replaces and `!reset` removes. For where Compose cannot be asked.
 * @param texts of the Compose files, in their order
 */
export function reachOfServices(
  texts: readonly string[],
  variables: Variables = {},
): Map<string, Reach> {
  const found = new Map<string, Reach>();
  for (const text of texts) {
    for (const [name, { settings, tags }] of servicesIn(text)) {
      if (tags.get('') === '!reset') found.delete(name);
      else {
        const before = tags.has('') ? undefined : found.get(name);
        const ports = tags.get('ports') === '!reset' ? {} : settings;
        const own = reachOf({ ...settings, ports: ports.ports }, variables);
        found.set(name, merged(tags.has('ports') ? withoutPorts(before) : before, own));
      }
    }
  }
  return found;
}

const Model = z.object({ services: z.record(z.string(), z.record(z.string(), z.unknown())) });

/**
 * The same from the output of `docker compose config --format json`, in which Compose has merged all files and inserted
 * variables. @returns `undefined` if it is something else
 */
export function reachOfModel(text: string): Map<string, Reach> | undefined {
  try {
    const { services } = Model.parse(JSON.parse(text));
    const reaches = Object.entries(services).map(([name, { extends: _, ...settings }]) => {
      // No variables are left, but a dollar sign is doubled.
      return [name, reachOf(settings, {})] as const;
    });
    return new Map(reaches);
  } catch {
    return undefined;
  }
}

function reachOf(settings: Readonly<Record<string, unknown>>, variables: Variables): Reach {
  const { ports, network_mode, extends: from, profiles, scale, deploy } = settings;
  const { replicas } = (deploy ?? {}) as { replicas?: unknown };
  const entries = (Array.isArray(ports) ? ports : []).map((entry) => fromEntry(entry, variables));
  return {
    ports: entries.flatMap((entry) => entry ?? []),
    hostNetwork: network_mode === 'host',
    idle: (Array.isArray(profiles) && profiles.length > 0) || (scale ?? replicas) === 0,
    unclear: from !== undefined || entries.includes(undefined),
  };
}

function withoutPorts(reach: Reach | undefined): Reach | undefined {
  return reach && { ...reach, ports: [], unclear: false };
}

function merged(before: Reach | undefined, own: Reach): Reach {
  const all = [...(before?.ports ?? []), ...own.ports];
  return {
    // Compose accepts repeated entries.
    ports: [...new Map(all.map((port) => [JSON.stringify(port), port])).values()],
    hostNetwork: own.hostNetwork || before?.hostNetwork === true,
    idle: own.idle || before?.idle === true,
    unclear: own.unclear || before?.unclear === true,
  };
}

/** @returns `undefined` if it cannot be read; no port if the host has none for it, or another protocol */
function fromEntry(entry: unknown, variables: Variables): HostPort[] | undefined {
  if (typeof entry === 'object' && entry !== null) {
    const { published, host_ip, protocol, target } = entry as Record<string, unknown>;
    const [host, address, kind, container] = [published, host_ip, protocol, target].map((value) =>
      interpolated(String(value ?? ''), variables),
    );
    if ([host, address, kind, container].includes(undefined)) return undefined;
    return kind === '' || kind === 'tcp' ? portsIn(host, address, container) : [];
  }
  const text = interpolated(String(entry), variables);
  const [, spec, protocol = 'tcp'] = /^(.*?)(?:\/(\w+))?$/.exec(text ?? '$') ?? [];
  if (text === undefined || spec === undefined) return undefined;
  if (protocol !== 'tcp') return [];
  // The address may be one of IPv6, with or without brackets.
  const [, address = '', published = '', target] =
    /^(?:(?:(.*):)?([\d-]*):)?([\d-]+)$/.exec(spec) ?? [];
  return target === undefined ? undefined : portsIn(published, address, target);
}

const mostPorts = 1000;

function portsIn(published = '', address = '', target = ''): HostPort[] | undefined {
  if (published === '') return [];
  const host = rangeOf(published);
  const container = rangeOf(target);
  if (host === undefined || container === undefined) return undefined;
  // One port of the container for a range of the host: the engine chooses (Compose specification, "Short syntax").
  const chosen = host.count > 1 && container.count === 1;
  return Array.from({ length: Math.min(host.count, mostPorts) }, (_, index) => ({
    address: address.replace(/^\[(.*)\]$/, '$1'),
    port: host.first + index,
    target: container.first + (chosen ? 0 : index),
    ...(chosen && { chosen: true as const }),
  }));
}

function rangeOf(text: string): { first: number; count: number } | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  return { first: Number(first), count: Math.max(0, Number(last) - Number(first) + 1) };
}

/** `$$`, `$NAME`, `${NAME}`, and `${NAME:-default}` with its relatives. */
const variable = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?)([-?+])([^{}]*))?\})/g;

/** @returns `undefined` if a variable cannot be resolved, such as one in the default of another */
function interpolated(text: string, variables: Variables): string | undefined {
  const rest = text.replace(variable, '');
  if (rest.includes('$')) return undefined;
  return text.replace(variable, (whole, short, long, colon, sign, word) => {
    if (whole === '$$') return '$';
    const value = variables[short ?? long];
    const isSet = colon === ':' ? (value ?? '') !== '' : value !== undefined;
    if (sign === '-') return isSet ? (value ?? '') : word;
    if (sign === '+') return isSet ? word : '';
    return value ?? '';
  });
}
