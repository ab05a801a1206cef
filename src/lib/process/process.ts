import { UserError } from '../../errors.ts';
import { childEnvironment, type Environment } from './child-environment.ts';
import { findProgram } from './find-program.ts';
import { ignoredVariable, signalsIn } from './ignored-signals.ts';

export interface RunOptions {
  readonly env: Environment;
  /** Written to stdin, which is then closed. Without it, stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /**
   * Runs the program in its own process group, so that aborting the signal also ends its child processes.
   * For read-only commands: Ctrl-C in the terminal does not reach it, the signal does.
   */
  readonly group?: boolean;
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The only way to run another program: no shell, no stack trace, and a missing program is named. */
export async function run(command: Command, options: RunOptions): Promise<Finished> {
  const { execa } = await import('./execa.ts');
  const { program, args } = await ignoringSignals(command, options.env);
  // Otherwise the program would be started, and only its first process ended.
  options.signal?.throwIfAborted();
  const child = execa(program, args, {
    env: childEnvironment(options.env),
    extendEnv: false,
    reject: false,
    input: options.input ?? '',
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    stripFinalNewline: true,
    detached: options.group === true,
  });
  const endGroup = () => killGroup(child.pid);
  if (options.group === true) options.signal?.addEventListener('abort', endGroup, { once: true });
  const late = options.group === true ? endLate(endGroup, options.timeoutMs) : undefined;
  const result = await child;
  clearTimeout(late);
  options.signal?.removeEventListener('abort', endGroup);
  options.signal?.throwIfAborted();
  if (result.exitCode === undefined) throw notRun(command.program, result);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

/** The time limit ends the first process of a group. The others would keep its output open. */
function endLate(end: () => void, limitMs: number | undefined): NodeJS.Timeout | undefined {
  return limitMs === undefined ? undefined : setTimeout(end, limitMs + 50);
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}

/** Why a program did not run, or did not finish. */
export function notRun(
  program: string,
  failed: { code?: string | undefined; timedOut: boolean; signal?: string | undefined },
): Error {
  const { code, timedOut, signal } = failed;
  if (code === 'ENOENT' && program === 'docker') {
    return new UserError('DOCKER_NOT_FOUND', 'The docker command was not found on the PATH.');
  }
  if (code === 'ENOENT') {
    return new UserError('PROGRAM_NOT_FOUND', `The ${program} command was not found on the PATH.`);
  }
  if (code === 'EACCES') {
    return new UserError('PROGRAM_NOT_FOUND', `You do not have permission to run ${program}.`);
  }
  if (timedOut) return new UserError('PROGRAM_TIMEOUT', `${program} timed out.`);
  return new UserError(
    'PROGRAM_KILLED',
    `${program} was terminated by ${signal ?? code ?? 'the system'}.`,
  );
}

/** A program and its arguments, as a value. Never contains a secret. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The folder to run it in. By default, the current folder. */
  readonly cwd?: string;
}

/**
 * The same program with the signals ignored that ours ignores. Node would reset them in every child, and a shell that
 * ignores a signal hands that on (POSIX, "trap").
 */
export async function ignoringSignals(command: Command, env: Environment): Promise<Command> {
  const names = signalsIn(env[ignoredVariable]).map((name) => name.slice('SIG'.length));
  const { program, args } = command;
  // If there is no such program, starting it says so.
  if (names.length === 0 || (await findProgram(program, env.PATH)) === undefined) return command;
  const script = `trap '' ${names.join(' ')}; exec "$0" "$@"`;
  return { ...command, program: '/bin/sh', args: ['-c', script, program, ...args] };
}
