import { setMaxListeners } from 'node:events';
import { isSea } from 'node:sea';
import { isatty } from 'node:tty';
import type { Program } from './cli/program.ts';
import { readyAnswer } from './cli/ready-answer.ts';
import { Interrupted } from './errors.ts';
import {
  ignoredSignals,
  ignoredVariable,
  maskOf,
  stoppingSignals,
} from './lib/process/ignored-signals.ts';

/**
 * The entry point of the process. Requests for help or the version are answered from a file, without
 * loading the program (src/cli/program.ts), which takes a third of Node's own start-up time.
 */

// In the executable, nothing has set the variable but its environment.
const ignored = ignoredSignals(process.env, isSea() ? undefined : process.env[ignoredVariable]);
process.env[ignoredVariable] = maskOf(ignored);
const interruption = new AbortController();
// Every request and child process adds a listener. Node would report a leak from the eleventh listener.
setMaxListeners(0, interruption.signal);

let lostOutput: NodeJS.ErrnoException | undefined;
// Do not stop halfway because of lost output. Report it at the end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // After `| head` exits, the rest of the output is not needed.
  if (error.code !== 'EPIPE') lostOutput ??= error;
});
// If stderr fails, there is nowhere to report it.
process.stderr.on('error', () => {});

// An error in a callback, or in a promise that no command waits for, must not bypass redaction and --json.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.once(event, async (error) => end((await program()).reportUnhandled(error)));
}

// With nothing left to wait for, Node would end a command that has no result yet as a success.
process.once('beforeExit', async () =>
  end((await program()).reportUnhandled(new Error('The command ended without a result.'))),
);

run().then(end);

function end(exitCode: number): void {
  // The output may not have been flushed to a pipe yet.
  process.stdout.write('', () => {
    // The error event of a write that failed comes after the callback.
    setImmediate(async () => {
      const code = await finalExitCode(exitCode);
      process.stderr.write('', () => process.exit(code));
    });
  });
}

/** @returns the exit code; never throws */
async function run(): Promise<number> {
  const answer = readyAnswer(process.argv, process.stdout);
  if (answer === undefined) {
    listenForSignals();
    return (await program()).run();
  }
  process.stdout.write(answer);
  return 0;
}

/** How long a command may take to end after a signal before it says why, in milliseconds. */
const answerAfter = 3000;

let created: Program | undefined;

async function program(): Promise<Program> {
  const { createProgram } = await import('./cli/program.ts');
  const { argv, stdout, stderr } = process;
  const { NODE_OPTIONS, ...rest } = process.env;
  // The executable does not read NODE_OPTIONS (scripts/build-executable.mjs).
  const options = isSea() ? {} : { NODE_OPTIONS };
  const env = { ...rest, ...options };
  // Every connection is verified. Without the variable, Node does not say otherwise.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  created ??= createProgram({
    argv,
    env,
    cwd: () => process.cwd(),
    stdin: () => process.stdin,
    stdinIsTerminal: isatty(0),
    stdout,
    stderr,
    signal: interruption.signal,
    group: process.getgid?.() ?? 0,
    root: process.getuid?.() === 0,
  });
  return created;
}

function listenForSignals(): void {
  for (const name of stoppingSignals) {
    process.on(name, () => {
      // Node has reset it to its default, so it needs a listener.
      if (ignored.includes(name)) return;
      const interrupted = new Interrupted(name);
      // A second signal ends the process at once.
      if (interruption.signal.aborted) process.exit(interrupted.exitCode);
      interruption.abort(interrupted);
      // From the journal on, the command ends when its change is complete.
      setTimeout(async () => (await program()).reportLateSignal(name), answerAfter).unref();
    });
  }
}

/** The exit code of the command, unless the command succeeded and its output was lost. */
async function finalExitCode(exitCode: number): Promise<number> {
  if (lostOutput === undefined || exitCode !== 0) return exitCode;
  return (await program()).reportLostOutput(lostOutput);
}
