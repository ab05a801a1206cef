import type { ServiceContainer } from './docker-answers.ts';

/**
 * `ready`: healthy, or running where there is no check, or done where it is to run once. `waiting`: it may become
 * so. `failed`: it will not by itself. `absent`: there is no container.
 */
export type Standing = 'ready' | 'waiting' | 'failed' | 'absent';

export interface ServiceState {
  readonly service: string;
  readonly standing: Standing;
  /** In a few words: `healthy`, `starting`, `exited with 1`. */
  readonly state: string;
  readonly containers: readonly ServiceContainer[];
}

/** A crash may be a service's way to wait for another; this often it is not. */
const crashes = 5;

/**
 * How each service stands.
 * @param services those that should run, in the order in which they are shown
 * @param before restarts that a container had when it was first looked at, by its id
 * @param starting `docker compose up` is at work: what it has not started yet has not failed
 */
export function serviceStates(
  services: readonly string[],
  containers: readonly ServiceContainer[],
  before: ReadonlyMap<string, number> = new Map(),
  starting = false,
): ServiceState[] {
  return services.map((service) => {
    const own = containers.filter((container) => container.service === service);
    const judged = own.map((container) => judge(container, before, starting));
    const worst = order.find((standing) => judged.some((each) => each.standing === standing));
    const shown = judged.find(({ standing }) => standing === worst);
    return {
      service,
      standing: shown?.standing ?? 'absent',
      state: shown?.state ?? (starting ? 'waiting' : 'not running'),
      containers: own,
    };
  });
}

/** Of several containers of one service the one that is worst off speaks for it. */
const order: readonly Standing[] = ['failed', 'waiting', 'ready'];

interface Judged {
  readonly standing: Standing;
  readonly state: string;
}

function judge(
  container: ServiceContainer,
  before: ReadonlyMap<string, number>,
  starting: boolean,
): Judged {
  const { state, health, id, restarts } = container;
  const again = restarts - (before.get(id) ?? 0);
  const ended = endOf(container);
  if (again >= crashes) return { standing: 'failed', state: `keeps crashing: ${ended}` };
  switch (state) {
    case 'running':
      if (health === 'unhealthy') return { standing: 'failed', state: 'unhealthy' };
      if (health === 'starting') return { standing: 'waiting', state: 'starting' };
      return { standing: 'ready', state: health === 'healthy' ? 'healthy' : 'running' };
    case 'restarting':
      return { standing: 'waiting', state: `restarting: ${ended}` };
    case 'created':
      return { standing: 'waiting', state: 'not started' };
    case 'paused':
      return { standing: 'failed', state: 'paused' };
    default:
      if (starting) return { standing: 'waiting', state: 'waiting' };
      if (container.exitCode === 0 && !container.restartsByItself) {
        return { standing: 'ready', state: 'done' };
      }
      return { standing: 'failed', state: ended };
  }
}

function endOf({ exitCode, outOfMemory }: ServiceContainer): string {
  return outOfMemory ? 'out of memory' : `exited with ${exitCode}`;
}

export function allReady(states: readonly ServiceState[]): boolean {
  return states.every(({ standing }) => standing === 'ready');
}

/** A table of services with their states, a line each, for a person. */
export function stateLines(states: readonly ServiceState[]): string[] {
  const width = Math.max(0, ...states.map(({ service }) => service.length));
  return states.map(({ service, state }) => `  ${service.padEnd(width)}  ${state}`);
}

/**
 * A log without what moves a terminal's cursor or colours it (ECMA-48, control sequences), without empty lines at
 * its end.
 */
export function plainLog(text: string): string[] {
  const plain = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replaceAll('\r', '')
    .trimEnd();
  return plain === '' ? [] : plain.split('\n');
}
