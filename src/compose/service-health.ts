import type { ServiceContainer } from './docker-answers.ts';

/**
 * `ready`: healthy, or running without a health check, or finished if it runs once. `waiting`: it may become
 * ready. `failed`: it will not become ready by itself. `absent`: it has no container.
 */
export type Standing = 'ready' | 'waiting' | 'failed' | 'absent';

export interface ServiceState {
  readonly service: string;
  readonly standing: Standing;
  /** In a few words: `healthy`, `starting`, `exited with 1`. */
  readonly state: string;
  readonly containers: readonly ServiceContainer[];
}

/** A service may crash while it waits for another one. From this number on, it counts as failed. */
const crashes = 5;

/**
 * The state of each service.
 * @param services the services that should run, in display order
 * @param before restart counts of containers at the first look, by container id
 * @param starting `docker compose up` is running: a service that is not started yet has not failed
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

/** If a service has several containers, the one in the worst state counts. */
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

/** A table of services with their states, one per line, for people. */
export function stateLines(states: readonly ServiceState[]): string[] {
  const width = Math.max(0, ...states.map(({ service }) => service.length));
  return states.map(({ service, state }) => `  ${service.padEnd(width)}  ${state}`);
}

/**
 * A log without control sequences that move the cursor or set colours (ECMA-48), and without empty lines at
 * the end.
 */
export function plainLog(text: string): string[] {
  const plain = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replaceAll('\r', '')
    .trimEnd();
  return plain === '' ? [] : plain.split('\n');
}

/** A service that started before a file of the installation that it reads was changed. */
export interface StaleService {
  readonly service: string;
  /** Paths below the installation, or absolute ones outside of it. */
  readonly files: readonly string[];
  /** What lets it use them. `start` creates its container again, because Compose has other settings for it. */
  readonly by: 'reload' | 'restart' | 'start';
}

/** A reload with its replacement by hand, as a comment of the shell. */
export function withRestart(command: string): string {
  const services = /^proto-scaffold reload (.+)$/.exec(command)?.[1];
  return services === undefined
    ? command
    : `${command}  # or in backend/: docker compose restart ${services}`;
}

/** The commands that let them use the files. */
export function refreshCommands(stale: readonly StaleService[]): string[] {
  return (['reload', 'restart', 'start'] as const).flatMap((command) => {
    const services = stale.filter(({ by }) => by === command).map(({ service }) => service);
    if (services.length === 0) return [];
    return [['proto-scaffold', command, ...(command === 'start' ? [] : services)].join(' ')];
  });
}
