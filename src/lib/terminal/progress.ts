import type { Context } from '../../context.ts';
import { formatBytes } from './words.ts';

/** Shows on a terminal how many bytes have been transferred. */
export class Meter {
  readonly #context: Context;
  readonly #what: string;
  readonly #total: number | undefined;
  bytes = 0;

  constructor(context: Context, what: string, total?: number) {
    this.#context = context;
    this.#what = what;
    this.#total = total;
  }

  add(bytes: number): void {
    this.#context.signal.throwIfAborted();
    this.bytes += bytes;
    const of = this.#total === undefined ? '' : ` of ${formatBytes(this.#total)}`;
    this.#context.reporter.progress(`${this.#what}: ${formatBytes(this.bytes)}${of}`);
  }

  async *through<T extends Uint8Array>(source: AsyncIterable<T>): AsyncIterable<T> {
    for await (const chunk of source) {
      this.add(chunk.length);
      yield chunk;
    }
  }
}
