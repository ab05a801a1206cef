import { delimiter, isAbsolute } from 'node:path';
import { UserError } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  readonly env: Environment;
  /** Written to stdin, which is then closed. Without it, stdin is empty. */
  readonly input?: string;
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
  const child = execa(command.program, command.args, {
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
  /** The folder to run it in. By default, the current folder. */
  readonly cwd?: string;
}

/** Compose reads its project, files, profiles and settings from these (docs.docker.com/compose, "Pre-defined environment variables"). */
const redirects = /^COMPOSE_/;

/**
 * The environment of every program that we run: without variables that would redirect it to another installation, and
 * without folders in PATH that depend on the current folder, where another user may have put a program.
 */
export function childEnvironment(env: Environment): Environment {
  const kept = Object.entries(env).filter(([name]) => !redirects.test(name));
  return { ...Object.fromEntries(kept), PATH: searchPath(env.PATH).join(delimiter) };
}

/** Debian's folders for programs, for an environment without any. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The folders in which programs are looked for. @param path the PATH; an empty entry is the current folder (execvp(3)) */
export function searchPath(path: string | undefined): readonly string[] {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute);
  return folders.length > 0 ? folders : usualPath.split(delimiter);
}
