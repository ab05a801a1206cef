import { readyAnswer } from './cli/ready-answer.ts';

/**
 * Where Node begins, and where the process ends. What asks for help or the version is answered from a file, without
 * the program (src/cli/program.ts), which takes a third of Node's own start to load.
 */

let lostOutput: NodeJS.ErrnoException | undefined;
// No reason to leave the work half done: it is told at the end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Behind `| head` nobody reads any more, and nobody misses it.
  if (error.code !== 'EPIPE') lostOutput ??= error;
});
// What can not be told can not be told of.
process.stderr.on('error', () => {});

run(process.argv).then((exitCode) => {
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
async function run(argv: readonly string[]): Promise<number> {
  const answer = readyAnswer(argv, process.stdout);
  if (answer === undefined) {
    const { main } = await import('./cli/program.ts');
    return main(argv);
  }
  process.stdout.write(answer);
  return 0;
}

/** The exit code of the command, unless it did well and its result got lost. */
async function finalExitCode(exitCode: number): Promise<number> {
  if (lostOutput === undefined || exitCode !== 0) return exitCode;
  const { tellLostOutput } = await import('./cli/program.ts');
  return tellLostOutput(lostOutput);
}
