import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Interrupted, UserError } from '../../errors.ts';
import { childEnvironment, type Environment } from './child-environment.ts';
import { type Command, ignoringSignals, notRun } from './process.ts';

export interface AttachedOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Ends the program at a signal, if a signal to the command itself would not reach it. */
  readonly end?: () => Promise<void>;
  /** Applied to stdout where it is not a terminal. */
  readonly filter?: (output: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
}

/** How long a program may take to end after a signal, and its output to be read, in milliseconds. */
const patience = 10_000;
const outputPatience = 500;

/**
 * Runs a program with our stdin, stdout and stderr, and so with the terminal.
 * @returns its exit code. If a signal ended it, 128 plus the signal's number, as in a shell: of the signal that we got,
 *   whatever the program makes of it. 0 if no one reads its output any more (`| head`), as for our own output.
 * @throws UserError DOCKER_NOT_FOUND, PROGRAM_NOT_FOUND; FILE_SYSTEM_ERROR if the output could not be written
 */
export async function runAttached(command: Command, options: AttachedOptions): Promise<number> {
  const { env, signal, filter = (output) => output } = options;
  const { program, args, cwd } = await ignoringSignals(command, env);
  signal.throwIfAborted();
  const onScreen = process.stdout.isTTY === true;
  const environment = childEnvironment(env);
  const child = spawn(program, args, {
    env: environment,
    cwd,
    stdio: onScreen ? 'inherit' : ['inherit', 'pipe', 'pipe'],
  });
  const ended = exitCode(command, child);
  const end = () => endChild(child, ended, options);
  signal.addEventListener('abort', end);
  try {
    const { stdout, stderr } = child;
    const write = { env: environment, signal };
    const errors = stderr === null ? undefined : writeTo('stderr', stderr, write);
    const written = stdout === null ? undefined : writeTo('stdout', filter(stdout), write);
    // A reader that is gone ends the program, which need not write to learn of it, and has no one to tell of its end.
    const output = written?.then(async (result) => {
      if (result !== 'complete' && !signal.aborted) {
        stderr?.destroy();
        await end();
      }
      return result;
    });
    // Awaited only once the program has ended.
    for (const each of [output, errors]) each?.catch(() => {});
    const code = await ended;
    if (signal.reason instanceof Interrupted) return signal.reason.exitCode;
    const result = await output;
    await errors;
    if (result === 'failed') throw lostOutput();
    return result === 'unread' ? 0 : code;
  } finally {
    signal.removeEventListener('abort', end);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function exitCode(command: Command, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(notRun(command.program, { code: error.code, timedOut: false })),
    );
    child.on('exit', (code, by) => resolve(by === null ? (code ?? 0) : signalCode(by)));
  });
}

async function endChild(
  child: ChildProcess,
  ended: Promise<unknown>,
  { signal, end }: AttachedOptions,
): Promise<void> {
  const { reason } = signal;
  const name = reason instanceof Interrupted ? reason.signal : 'SIGTERM';
  if (end !== undefined) await end().catch(() => {});
  // Ctrl-C in a terminal reaches the whole foreground group. A second signal would have another meaning.
  else if (name !== 'SIGINT' || !hasTerminal()) child.kill(name);
  await Promise.race([ended, pause(end === undefined ? patience : outputPatience)]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

/**
 * Copies a program's output to our own. cat(1) writes it: only a process of its own can wait for a slow reader while
 * we listen for signals, and its end tells whether the reader is gone.
 */
async function writeTo(
  stream: 'stdout' | 'stderr',
  output: AsyncIterable<Buffer>,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<'complete' | 'unread' | 'failed'> {
  const cat = spawn('cat', [], { env, stdio: ['pipe', process[stream], 'inherit'] });
  const copied = exitCode({ program: 'cat', args: [] }, cat);
  const late = async () => {
    await pause(outputPatience);
    cat.kill('SIGKILL');
  };
  signal.addEventListener('abort', late);
  // Its end is what counts.
  copy(output, cat.stdin, copied).catch(() => {});
  const code = await copied;
  signal.removeEventListener('abort', late);
  return code === 0 ? 'complete' : cat.signalCode === 'SIGPIPE' ? 'unread' : 'failed';
}

/** Reads on when no one takes it any more: the program would otherwise complain before it is ended. */
async function copy(
  output: AsyncIterable<Buffer>,
  into: Writable,
  gone: Promise<unknown>,
): Promise<void> {
  into.on('error', () => {});
  try {
    for await (const chunk of output) {
      if (into.writable && !into.write(chunk))
        await Promise.race([once(into, 'drain').catch(() => {}), gone]);
    }
  } finally {
    into.end();
  }
}

function lostOutput(): UserError {
  return new UserError('FILE_SYSTEM_ERROR', 'The output could not be written.', {
    hint: 'Redirect the output to another destination.',
  });
}

function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}
