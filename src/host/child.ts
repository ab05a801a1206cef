import {
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithStdioTuple,
  type StdioPipe,
  spawn,
} from 'node:child_process';
import type { Command } from '../core/docker.ts';
import { UserError } from '../errors.ts';

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Ends the child. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Whether it leads a process group of its own, so that a Ctrl-C of the terminal and our end do not reach it. */
  readonly detached: boolean;
}

/** How a child came to its end: one of exit code, signal and, where it could not be started, the system's code. */
export interface Ended {
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  readonly code?: string;
  readonly timedOut: boolean;
}

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Asks it to end (SIGTERM), and makes it end 5 seconds later. */
  readonly end: () => void;
  /** Once it has ended and its output is read. Never rejects. */
  readonly ended: Promise<Ended>;
}

const patienceMs = 5000;

/** What does not outlive us. With one listener for all: Node warns of a leak from the eleventh on. */
const ours = new Set<ChildProcessWithoutNullStreams>();
const endOurs = () => {
  for (const child of ours) child.kill();
};

/**
 * Starts a program, through no shell, with stdin, stdout and stderr as pipes.
 * @throws UserError as `notRun`, where the system takes no such command (too long, or a zero byte in it)
 */
export function startChild(command: Command, options: ChildOptions): Child {
  const { env, cwd, signal, timeoutMs, detached } = options;
  const child = spawned(command, { env, cwd, detached, stdio: ['pipe', 'pipe', 'pipe'] });
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    child.kill();
    timers.push(setTimeout(() => child.kill('SIGKILL'), patienceMs).unref());
  };
  let timedOut = false;
  if (timeoutMs !== undefined) {
    const tooLong = () => {
      timedOut = true;
      end();
    };
    timers.push(setTimeout(tooLong, timeoutMs));
  }
  if (!detached) {
    if (ours.size === 0) process.on('exit', endOurs);
    ours.add(child);
  }
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  // Its end tells why it does not read any more.
  child.stdin?.on('error', () => {});
  const ended = new Promise<Ended>((resolve) => {
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      // Otherwise it runs, and could only not be ended.
      if (child.pid === undefined) resolve({ timedOut, ...(code !== undefined && { code }) });
    });
    child.on('close', (exitCode, by) =>
      resolve({
        timedOut,
        ...(exitCode !== null && { exitCode }),
        ...(by !== null && { signal: by }),
      }),
    );
  });
  const settled = ended.finally(() => {
    for (const timer of timers) clearTimeout(timer);
    if (ours.delete(child) && ours.size === 0) process.removeListener('exit', endOurs);
    signal?.removeEventListener('abort', end);
  });
  return { process: child, end, ended: settled };
}

function spawned(
  { program, args }: Command,
  options: SpawnOptionsWithStdioTuple<StdioPipe, StdioPipe, StdioPipe>,
): ChildProcessWithoutNullStreams {
  try {
    return spawn(program, args, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw notRun(program, { timedOut: false, ...(code !== undefined && { code }) });
  }
}

/** Why a program did not run, or not to its end. */
export function notRun(
  program: string,
  failed: { code?: string | undefined; timedOut: boolean; signal?: string | undefined },
): Error {
  const { code, timedOut, signal } = failed;
  if (code === 'ENOENT' && program === 'docker') {
    return new UserError('DOCKER_NOT_FOUND', 'There is no docker command on the PATH.');
  }
  if (code === 'ENOENT') {
    return new UserError('PROGRAM_NOT_FOUND', `There is no ${program} command on the PATH.`);
  }
  if (code === 'EACCES') {
    return new UserError('PROGRAM_NOT_FOUND', `${program} may not be run by this user.`);
  }
  if (timedOut) return new UserError('PROGRAM_TIMEOUT', `${program} did not end in time.`);
  return new UserError(
    'PROGRAM_KILLED',
    `${program} was ended by ${signal ?? code ?? 'the system'}.`,
  );
}
