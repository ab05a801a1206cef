import { UserError } from '../../errors.ts';

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Written to stdin, which is then closed. Without it, stdin is empty. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly cwd?: string;
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
  const child = execa(command.program, command.args, {
    env: options.env,
    extendEnv: false,
    reject: false,
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    stripFinalNewline: true,
    detached: options.group === true,
  });
  const endGroup = () => killGroup(child.pid);
  if (options.group === true) options.signal?.addEventListener('abort', endGroup, { once: true });
  const result = await child;
  options.signal?.removeEventListener('abort', endGroup);
  options.signal?.throwIfAborted();
  if (result.exitCode === undefined) throw notRun(command.program, result);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
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
}
