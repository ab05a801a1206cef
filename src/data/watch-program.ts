import type { Context } from '../context.ts';
import { randomSuffix } from '../lib/fs/random.ts';
import { runStreaming } from '../lib/process/run-streaming.ts';
import { execWatch } from './docker-data.ts';

export interface WatchedProgram extends AsyncDisposable {
  /** A variable to start the program with. */
  readonly mark: string;
  /** Ends the program, and waits until it has ended. */
  end(): Promise<void>;
}

/**
 * Ends a program in a container when we are interrupted or killed: docker only stops listening to it (docker/cli 5309).
 * For a program that has the operator's stdin, so that the end of stdin has another meaning (compare `execTied`).
 */
export async function watchProgram(
  { env }: Pick<Context, 'env'>,
  container: string,
): Promise<WatchedProgram> {
  const mark = `PROTO_SCAFFOLD_PROGRAM=${randomSuffix()}`;
  const watch = await runStreaming(execWatch(container, mark), { env });
  const ended = () => watch.ended().catch(() => undefined);
  return {
    mark,
    async end() {
      watch.closeStdin();
      await ended();
    },
    async [Symbol.asyncDispose]() {
      // A line says that the program has ended. After `end`, it has no effect.
      await watch.write(Buffer.from('\n'));
      watch.closeStdin();
      await ended();
    },
  };
}
