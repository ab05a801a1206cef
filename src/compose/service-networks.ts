import type { ServiceDescription } from '../release/release.ts';
import { listOf, servicesIn } from './compose-text.ts';

/**
 * The networks of the services. A service that is isolated has a network of its own, which the services that need it join, so that
 * two of them, such as the database and the bucket, do not reach each other. All others share the edge network, Compose's default one.
 */

export const edgeNetwork = 'default';

type Described = readonly (readonly [string, ServiceDescription])[];

export interface OwnNetwork {
  readonly name: string;
  /**
   * Without a way out. Docker publishes no port of a container that is only on such networks
   * (https://github.com/moby/moby/issues/36174), so a service that publishes one has another kind.
   */
  readonly internal: boolean;
}

/**
 * In the order of the services; the edge network first, if a service is on it.
 * @param published services with a port that the operator publishes
 */
export function networksOf(
  services: Described,
  published: ReadonlySet<string> = new Set(),
): OwnNetwork[] {
  const isolated = services.filter(([, { isolated }]) => isolated);
  return [
    ...(isolated.length === services.length ? [] : [{ name: edgeNetwork, internal: false }]),
    ...isolated.map(([name, { publish }]) => ({
      name,
      internal: publish === undefined && !published.has(name),
    })),
  ];
}

/** @returns `undefined` for the edge network alone, which Compose gives each service */
export function networksFor(
  name: string,
  service: ServiceDescription,
  services: Described,
): string[] | undefined {
  const isolated = new Set(services.filter(([, { isolated }]) => isolated).map(([each]) => each));
  const joined = service.needs.filter((needed) => isolated.has(needed));
  if (!service.isolated && joined.length === 0) return undefined;
  return [service.isolated ? name : edgeNetwork, ...joined];
}

/** The network on which others reach a service. */
export function networkOf(name: string, { isolated }: ServiceDescription): string {
  return isolated ? name : edgeNetwork;
}

/** The networks of each service, as Compose merges the files. One with another network_mode has none. */
export function networksIn(texts: readonly string[]): Map<string, Set<string>> {
  const found = new Map<string, { networks: string[]; mode: boolean }>();
  for (const text of texts) {
    for (const [name, { settings }] of servicesIn(text)) {
      const { networks, mode } = found.get(name) ?? { networks: [], mode: false };
      found.set(name, {
        networks: [...networks, ...listOf(settings.networks)],
        mode: mode || settings.network_mode !== undefined,
      });
    }
  }
  return new Map(
    [...found].map(([name, { networks, mode }]) => {
      const all = networks.length === 0 ? [edgeNetwork] : networks;
      return [name, new Set(mode ? [] : all)] as const;
    }),
  );
}
