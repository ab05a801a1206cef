import type { Readable } from 'node:stream';
import type { Command } from '../core/docker.ts';
import { notRun, startChild } from './child.ts';

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Written to stdin, which is then closed. Without it, stdin is empty. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /**
   * Ends, with the signal's abort, also what the program has started itself: it leads a process group of its
   * own. For what only looks; a Ctrl-C of the terminal does not reach it, the signal does.
   */
  readonly group?: boolean;
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** More output than this is no answer of a program that we know. */
const mostOutput = 100_000_000;

/** The one way to run another program: no shell, no stack trace, a missing program is told by name. */
export async function run(command: Command, options: RunOptions): Promise<Finished> {
  const { input = '', signal, group = false, ...rest } = options;
  signal?.throwIfAborted();
  const child = startChild(command, { ...rest, ...(signal && { signal }), detached: group });
  const endGroup = () => killGroup(child.process.pid);
  if (group) signal?.addEventListener('abort', endGroup, { once: true });
  const { stdin, stdout, stderr } = child.process;
  const texts = [stdout, stderr].map((stream) => textOf(stream, child.end));
  stdin?.end(input);
  const ended = await child.ended;
  signal?.removeEventListener('abort', endGroup);
  signal?.throwIfAborted();
  if (ended.exitCode === undefined) throw notRun(command.program, ended);
  const [out = '', err = ''] = texts.map((text) => text().replace(/\r?\n$/, ''));
  return { exitCode: ended.exitCode, stdout: out, stderr: err };
}

/** Collects what a stream gives. @returns the text so far @param tooMuch is called where it gives too much */
function textOf(stream: Readable | null, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > mostOutput) return tooMuch();
    chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
