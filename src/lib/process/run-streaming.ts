import type { Readable } from 'node:stream';
import { childEnvironment, type Environment } from './child-environment.ts';
import { type Command, ignoringSignals, notRun } from './process.ts';

export interface StreamOptions {
  readonly env: Environment;
  /** Ends the child. Without it, the child runs until its stdin is closed, or until `kill`. */
  readonly signal?: AbortSignal;
}

/** A program whose output is too large for memory. */
export interface StreamingChild {
  readonly stdout: AsyncIterable<Buffer>;
  /** Writes to its stdin, and waits until it is read. `ended` reports a child that has ended. */
  write(bytes: Uint8Array): Promise<void>;
  closeStdin(): void;
  /** @returns when it has ended @throws UserError DOCKER_NOT_FOUND, PROGRAM_NOT_FOUND, PROGRAM_KILLED */
  ended(): Promise<{ readonly exitCode: number; readonly stderr: string }>;
  /** Ends it and waits until it has ended. Safe at any time. */
  kill(): Promise<void>;
}

/** How much of a program's last output is kept. */
const stderrKept = 8192;

/**
 * Runs a program with its stdin and stdout as streams. Its stdin stays open until we close it or our process dies:
 * the end of stdin tells the reader that no one is waiting any more. The program has its own process group, so that
 * Ctrl-C reaches only us, and we can end the program cleanly.
 */
export async function runStreaming(
  command: Command,
  { env, signal }: StreamOptions,
): Promise<StreamingChild> {
  const { execa } = await import('./execa.ts');
  const { program, args } = await ignoringSignals(command, env);
  signal?.throwIfAborted();
  const child = execa(program, args, {
    env: childEnvironment(env),
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
    buffer: false,
    detached: true,
    ...(command.cwd !== undefined && { cwd: command.cwd }),
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  const { stdin, stdout, stderr } = child;
  // `ended` reports why it stopped reading.
  stdin.on('error', () => {});
  let said = '';
  stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-stderrKept);
  });
  const result = Promise.resolve(child);
  return {
    stdout: chunksOf(stdout),
    write(bytes) {
      // Copied: the pipe may not have read all of it when the caller reuses the memory.
      const copy = Buffer.from(bytes);
      return new Promise((resolve) => {
        if (stdin.writable) stdin.write(copy, () => resolve());
        else resolve();
      });
    },
    closeStdin: () => void stdin.end(),
    async ended() {
      const ended = await result;
      signal?.throwIfAborted();
      if (ended.exitCode === undefined) throw notRun(command.program, ended);
      return { exitCode: ended.exitCode, stderr: said.trim() };
    },
    async kill() {
      stdin.destroy();
      stdout.destroy();
      child.kill();
      await result;
    },
  };
}

/** Output that is not read to the end is not an error. */
async function* chunksOf(stdout: Readable): AsyncIterable<Buffer> {
  for await (const chunk of stdout) yield chunk as Buffer;
}
