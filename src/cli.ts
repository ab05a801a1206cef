import { setMaxListeners } from 'node:events';
import { isatty } from 'node:tty';
import { readyAnswer } from './cli/ready-answer.ts';
import { Interrupted } from './errors.ts';

/**
 * Where Node begins, and where the process ends. What asks for help or the version is answered from a file, without
 * the program (src/cli/program.ts), which takes a third of Node's own start to load.
 */

const interruption = new AbortController();
// Every request and every child listens for it; Node would warn of a leak from the eleventh on.
setMaxListeners(0, interruption.signal);

let lostOutput: NodeJS.ErrnoException | undefined;
// No reason to leave the work half done: it is told at the end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Behind `| head` nobody reads any more, and nobody misses it.
  if (error.code !== 'EPIPE') lostOutput ??= error;
});
// What can not be told can not be told of.
process.stderr.on('error', () => {});

run().then((exitCode) => {
  // What was written may still be on its way into a pipe.
  process.stdout.write('', () => {
    // The error event of a write that failed comes after the callback.
    setImmediate(async () => {
      const code = await finalExitCode(exitCode);
      process.stderr.write('', () => process.exit(code));
    });
  });
});

/** @returns the exit code; nothing is thrown */
async function run(): Promise<number> {
  const answer = readyAnswer(process.argv, process.stdout);
  if (answer === undefined) {
    listenForSignals();
    return (await program()).run();
  }
  process.stdout.write(answer);
  return 0;
}

async function program() {
  const { createProgram } = await import('./cli/program.ts');
  const { argv, env, stdout, stderr } = process;
  return createProgram({
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
}

function listenForSignals(): void {
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const interrupted = new Interrupted(name);
      // A second one means it: the first did not help.
      if (interruption.signal.aborted) process.exit(interrupted.exitCode);
      interruption.abort(interrupted);
    });
  }
}

/** The exit code of the command, unless it did well and its result got lost. */
async function finalExitCode(exitCode: number): Promise<number> {
  if (lostOutput === undefined || exitCode !== 0) return exitCode;
  return (await program()).reportLostOutput(lostOutput);
}
