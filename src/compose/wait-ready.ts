import { type Context, withoutCancellation } from '../context.ts';
import { Interrupted, type Outcome, UserError } from '../errors.ts';
import { pause } from '../lib/net/retry.ts';
import type { Command, Finished } from '../lib/process/process.ts';
import { containersOf, logTail } from './containers.ts';
import type { ComposeProject } from './docker.ts';
import { failureOf, tryDocker } from './run-docker.ts';
import {
  allReady,
  plainLog,
  type ServiceState,
  serviceStates,
  stateLines,
} from './service-health.ts';

export interface Waiting {
  readonly project: ComposeProject;
  /** The services that must become ready. */
  readonly services: readonly string[];
  /** The maximum waiting time, in seconds. */
  readonly seconds: number;
  /** A `docker compose` command that runs during the wait. */
  readonly command?: Command;
}

const betweenLooks = 1000;

/**
 * Runs a `docker compose` command and waits until the services are ready. Shows a line per service on a terminal,
 * otherwise a line per change. On failure, running containers are left as they are.
 * @throws UserError SERVICE_UNHEALTHY with the last log lines of services that are not ready; from `dockerFailure`
 */
export async function waitUntilReady(
  context: Context,
  waiting: Waiting,
): Promise<readonly ServiceState[]> {
  const { signal } = context;
  try {
    return await runAndLook(context, waiting);
  } catch (error) {
    if (!(signal.reason instanceof Interrupted)) throw error;
    throw new Interrupted(signal.reason.signal, await whatRuns(context, waiting));
  }
}

/** The command has ended when this returns or throws. */
async function runAndLook(context: Context, waiting: Waiting): Promise<readonly ServiceState[]> {
  const { reporter, signal } = context;
  const stop = new AbortController();
  const work = begin(context, waiting, stop.signal);
  const seen = new Map<string, string>();
  const restarts = new Map<string, number>();
  const deadline = performance.now() + waiting.seconds * 1000;
  try {
    for (;;) {
      // Checked before the containers are inspected, so that its last actions are visible.
      const { done } = work;
      const containers = await containersOf(context, waiting.project.name);
      for (const { id, restarts: now } of containers) {
        if (!restarts.has(id)) restarts.set(id, now);
      }
      const states = serviceStates(waiting.services, containers, restarts, done === undefined);
      show(context, states, seen);
      if (done !== undefined && (await isOver(context, waiting, states, done))) return states;
      if (performance.now() > deadline) throw await notReady(context, waiting, states, true);
      await pause(betweenLooks, signal);
    }
  } finally {
    reporter.draw([]);
    stop.abort();
    await work.ended;
  }
}

/** What an interruption has left, according to the engine. */
async function whatRuns(context: Context, { project, services }: Waiting): Promise<Outcome> {
  const hint = '`proto-scaffold start` goes on, `proto-scaffold stop` stops them.';
  try {
    const all = await containersOf(withoutCancellation(context), project.name);
    const own = all.filter(({ service }) => services.includes(service));
    const running = own.filter(({ state }) => state === 'running').length;
    const count = `${running} of ${Math.max(services.length, own.length)} containers run`;
    return { found: `${count}. All containers are left as they are.`, hint };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const found = `It is unknown which containers run: ${error.message}`;
    return { found, hint: 'Run `proto-scaffold status`.' };
  }
}

/** A running command: `done` after it has ended by itself. */
interface Work {
  done: Finished | undefined;
  readonly ended: Promise<void>;
}

function begin(context: Context, { command }: Waiting, stop: AbortSignal): Work {
  const nothing = { exitCode: 0, stdout: '', stderr: '' };
  if (command === undefined) return { done: nothing, ended: Promise.resolve() };
  const signal = AbortSignal.any([context.signal, stop]);
  const work: Work = {
    done: undefined,
    ended: tryDocker({ ...context, signal }, command).then(
      (finished) => {
        work.done = finished;
      },
      (error: unknown) => {
        if (!signal.aborted) work.done = { ...nothing, exitCode: 1, stderr: `${error}` };
      },
    ),
  };
  return work;
}

/** @returns whether all are ready @throws UserError if they will not become ready */
async function isOver(
  context: Context,
  waiting: Waiting,
  states: readonly ServiceState[],
  finished: Finished,
): Promise<boolean> {
  if (states.some(({ standing }) => standing === 'failed')) {
    throw await notReady(context, waiting, states, false);
  }
  if (finished.exitCode === 0) return allReady(states);
  // Its own message comes second: for a failed dependency, it gives no details.
  const blamed = blamedBy(finished.stderr, states);
  if (blamed.length > 0) throw await notReady(context, waiting, blamed, false);
  throw await failureOf(context, finished, 'the platform');
}

/**
 * The services that others wait for in vain, according to Compose (`dependency failed to start: container X exited (1)`).
 * By now they may have been started again.
 */
function blamedBy(stderr: string, states: readonly ServiceState[]): ServiceState[] {
  return [...stderr.matchAll(/container (\S+) (?:exited \((\d+)\)|is unhealthy)/g)].flatMap(
    ([, name, exitCode]) => {
      const found = states.find(({ containers }) => containers.some((each) => each.name === name));
      const state = exitCode === undefined ? 'unhealthy' : `exited with ${exitCode}`;
      return found === undefined ? [] : [{ ...found, standing: 'failed', state } as const];
    },
  );
}

function show(
  { reporter }: Context,
  states: readonly ServiceState[],
  seen: Map<string, string>,
): void {
  const lines = stateLines(states);
  if (reporter.draws) {
    reporter.draw(lines);
    return;
  }
  for (const [index, { service, state }] of states.entries()) {
    if (seen.get(service) === state) continue;
    seen.set(service, state);
    reporter.step(lines[index] ?? '');
  }
}

async function notReady(
  context: Context,
  { project, services, seconds }: Waiting,
  states: readonly ServiceState[],
  timeOver: boolean,
): Promise<UserError> {
  const failed = states.filter(({ standing }) => standing === 'failed');
  const bad = failed.length > 0 ? failed : states.filter(({ standing }) => standing !== 'ready');
  const names = bad.map(({ service, state }) => `${service} (${state})`).join(', ');
  const evidence: string[] = [];
  for (const { service, state, containers } of bad) {
    if (!containers.some((container) => container.state !== 'created')) continue;
    const lines = await logTail(context, project, service);
    const head = lines.length === 0 ? 'it printed nothing' : 'last log lines:';
    evidence.push(`${service} is ${state}; ${head}`, ...lines.map((line) => `  | ${line}`));
    const ofCheck = plainLog(containers.map(({ healthOutput = '' }) => healthOutput).join('\n'));
    if (ofCheck.length === 0) continue;
    evidence.push('  its health check printed:', ...ofCheck.slice(-5).map((line) => `  | ${line}`));
  }
  const first = bad[0]?.service ?? '';
  const time = timeOver ? `After ${seconds} s, ` : '';
  const count = `${bad.length} of ${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  const are = bad.length === 1 ? 'is' : 'are';
  const fix = `See the full log with \`proto-scaffold logs ${first}\`. Fix the reported problem, then run \`proto-scaffold restart ${first}\` to load the new configuration.`;
  const longer = `Startup may just need more time: \`proto-scaffold start --wait ${seconds * 3}\`.`;
  return new UserError('SERVICE_UNHEALTHY', `${time}${count} ${are} not healthy: ${names}.`, {
    hint: `${failed.length > 0 ? fix : `${longer} ${fix}`} Running containers are left as they are.`,
    evidence,
  });
}
