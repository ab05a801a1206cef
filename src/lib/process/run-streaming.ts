import type { Readable } from 'node:stream';
import { type Command, notRun } from './process.ts';

export interface StreamOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Ends the child. Without one it lives until its stdin is closed, or `kill`. */
  readonly signal?: AbortSignal;
}

/** A program whose output is too large to be held. */
export interface StreamingChild {
  readonly stdout: AsyncIterable<Buffer>;
  /** Writes to its stdin, and waits while it is not read. A child that has gone is told of by `ended`. */
  write(bytes: Uint8Array): Promise<void>;
  closeStdin(): void;
  /** @returns once it has ended @throws UserError DOCKER_NOT_FOUND, PROGRAM_NOT_FOUND, PROGRAM_KILLED */
  ended(): Promise<{ readonly exitCode: number; readonly stderr: string }>;
  /** Ends it and waits for that. Safe at any time. */
  kill(): Promise<void>;
}

/** How much of what a program said last is kept. */
const stderrKept = 8192;

/**
 * Runs a program with its stdin and stdout as streams. Its stdin stays open until it is closed, by us or by our death:
 * whoever reads it knows by its end that nobody waits any more. It has a process group of its own, so that Ctrl-C
 * reaches us alone, and we can end it in order.
 */
export async function runStreaming(
  command: Command,
  { env, cwd, signal }: StreamOptions,
): Promise<StreamingChild> {
  const { execa } = await import('./execa.ts');
  signal?.throwIfAborted();
  const child = execa(command.program, command.args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
    buffer: false,
    detached: true,
    ...(cwd !== undefined && { cwd }),
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  const { stdin, stdout, stderr } = child;
  // Its end tells why it does not read any more.
  stdin.on('error', () => {});
  let said = '';
  stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-stderrKept);
  });
  const result = Promise.resolve(child);
  return {
    stdout: chunksOf(stdout),
    write(bytes) {
      // Copied: a pipe may not have taken all of it when who gave the bytes uses their memory again.
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

/** What is not read to its end does not make an error of it. */
async function* chunksOf(stdout: Readable): AsyncIterable<Buffer> {
  for await (const chunk of stdout) yield chunk as Buffer;
}
