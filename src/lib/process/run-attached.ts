import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Interrupted } from '../../errors.ts';
import { childEnvironment, type Environment } from './child-environment.ts';
import { type Command, ignoringSignals, notRun } from './process.ts';

export interface AttachedOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/**
 * Runs a program with our stdin, stdout and stderr, and so with the terminal.
 * @returns its exit code, as in a shell: 128 plus the signal's number if a signal ended it. A closed reader
 *   (`| head`) is not a failure.
 * @throws UserError DOCKER_NOT_FOUND, PROGRAM_NOT_FOUND
 */
export async function runAttached(command: Command, options: AttachedOptions): Promise<number> {
  const { env, signal } = options;
  const { program, args, cwd } = await ignoringSignals(command, env);
  signal.throwIfAborted();
  const child = spawn(program, args, { env: childEnvironment(env), cwd, stdio: 'inherit' });
  const passOn = () => {
    const { reason } = signal;
    const name = reason instanceof Interrupted ? reason.signal : 'SIGTERM';
    // Ctrl-C in a terminal reaches the whole foreground group. A second signal would have another meaning.
    if (name === 'SIGINT' && hasTerminal()) return;
    child.kill(name);
  };
  signal.addEventListener('abort', passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) =>
        reject(notRun(command.program, { code: error.code, timedOut: false })),
      );
      child.on('close', (code, by) => resolve(by === null ? (code ?? 0) : exitCodeOf(by)));
    });
  } finally {
    signal.removeEventListener('abort', passOn);
  }
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return signal === 'SIGPIPE' ? 0 : 128 + constants.signals[signal];
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}
