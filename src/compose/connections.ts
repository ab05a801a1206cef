import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Command } from '../lib/process/process.ts';
import type { Hosting } from '../release/hosting.ts';
import { databaseOf, type Release, servicesOf } from '../release/release.ts';
import { networkIcc, tryConnections } from './compose-commands.ts';
import type { ServiceContainer } from './docker-answers.ts';
import { tryDocker } from './run-docker.ts';
import { edgeNetwork, networkOf } from './service-networks.ts';

/** Whether the services reach each other. An engine or a firewall can prevent it, while each service is healthy by itself. */

export interface TriedConnections {
  readonly tried: number;
  /** Which services cannot reach each other: the end of a sentence. Absent if all do. */
  readonly failure?: { readonly says: string; readonly remedy: string };
}

/** A service without a health check counts as ready before it listens. */
const bootSeconds = 10;

/**
 * Tries every connection between running services. One that cannot be tried is left out.
 * @param containers of the Compose project
 * @param seconds for which a connection that fails is tried again
 */
export async function tryNeeds(
  context: Context,
  project: string,
  { release, hosting }: { readonly release: Release; readonly hosting: Hosting },
  containers: readonly ServiceContainer[],
  seconds = bootSeconds,
): Promise<TriedConnections> {
  const services = new Map(servicesOf(release, hosting));
  const running = new Map(
    containers.filter(({ state }) => state === 'running').map((each) => [each.service, each]),
  );
  const image = running.get(databaseOf(release, hosting)?.service ?? '')?.image;
  if (image === undefined) return { tried: 0 };
  const tried = [...running].map(async ([from, { id }]) => {
    const needs = services.get(from)?.needs.filter((name) => running.has(name)) ?? [];
    const targets = needs.map((name) => `${name}:${services.get(name)?.port}`);
    const said =
      targets.length > 0 ? await saidOf(context, tryConnections(image, id, targets, seconds)) : '';
    return targets.flatMap((to) => {
      const word = new RegExp(`^${to} (ok|failed)$`, 'm').exec(said)?.[1];
      return word === undefined ? [] : [{ from, to, works: word === 'ok' }];
    });
  });
  const all = (await Promise.all(tried)).flat();
  const failed = all.filter(({ works }) => !works);
  if (failed.length === 0) return { tried: all.length };
  const says = failed.map(({ from, to }) => `${from} cannot reach ${to}`).join(', and ');
  const [first] = failed;
  const target = first?.to.split(':')[0] ?? '';
  const described = services.get(target);
  const network = described === undefined ? edgeNetwork : networkOf(target, described);
  const remedy = await remedyFor(context, `${project}_${network}`);
  return { tried: all.length, failure: { says, remedy } };
}

/** What docker prints; nothing if it fails, because that says nothing about a connection. */
async function saidOf(context: Context, command: Command): Promise<string> {
  try {
    return (await tryDocker(context, command, { timeoutMs: 30_000 })).stdout;
  } catch (error) {
    if (error instanceof UserError) return '';
    throw error;
  }
}

async function remedyFor(context: Context, network: string): Promise<string> {
  if ((await saidOf(context, networkIcc(network))).trim() === 'false') {
    return `The network ${network} was created with enable_icc=false, which keeps its containers from each other. Remove com.docker.network.bridge.enable_icc from backend/docker-compose.override.yml, if it is there. Then run \`proto-scaffold stop\`, \`docker network rm ${network}\` if it still exists, and \`proto-scaffold start\`, which creates it again.`;
  }
  return `Something on this host drops the traffic between the containers of the network ${network}. Look for rules of your own in \`sudo iptables -S FORWARD\`, \`sudo iptables -S DOCKER-USER\` and firewalld (\`sudo firewall-cmd --list-all-zones\`). If the firewall was restarted after Docker, run \`sudo systemctl restart docker\`. Then run \`proto-scaffold start\`.`;
}

/** @throws UserError SERVICES_ISOLATED */
export function mustReach({ failure }: TriedConnections): void {
  if (failure === undefined) return;
  const message = `The services run, but ${failure.says}.`;
  throw new UserError('SERVICES_ISOLATED', message, { hint: failure.remedy });
}
