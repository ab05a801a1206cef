import type { IncomingMessage } from 'node:http';
import { UserError } from '../../errors.ts';
import { networkFailure } from './network-errors.ts';
import { TimeLimitError } from './time-limit.ts';

/** An answer's head; its body is read, or `discard`ed, exactly once. */
export interface NetworkResponse {
  readonly url: URL;
  readonly status: number;
  /** Names in lower case; a header that came several times is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as it comes. Ending the iteration early cuts the connection.
   *
   * @throws UserError, within TryAgain where the connection broke or idled too long; the signal's
   *   reason where it was aborted
   */
  chunks(): AsyncGenerator<Buffer, void, undefined>;
  /** Gives the body up, and the connection with it where there is more to come. */
  discard(): void;
}

export interface ResponseContext {
  readonly url: URL;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

/** In bytes: up to here it is cheaper to read on than to connect anew. */
const shortBody = 16 * 1024;

export function networkResponse(
  message: IncomingMessage,
  { url, idleMs, signal }: ResponseContext,
): NetworkResponse {
  return {
    url,
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    async *chunks() {
      // Only the wait for the other side counts: a slow disk on this host must not end a download.
      const expire = () => message.destroy(new TimeLimitError('idle', idleMs));
      let timer = setTimeout(expire, idleMs);
      try {
        for await (const chunk of message) {
          clearTimeout(timer);
          yield chunk;
          timer = setTimeout(expire, idleMs);
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw networkFailure(error, url.host);
      } finally {
        clearTimeout(timer);
      }
    },
    discard() {
      const length = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
      if (length <= shortBody) message.resume();
      else message.destroy();
    },
  };
}

/**
 * A whole body that is expected to be short.
 *
 * @param maxBytes a longer one is refused, and the connection cut
 * @throws UserError REGISTRY_ANSWER_INVALID where it is longer; else as `chunks` does
 */
export async function readBody(response: NetworkResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.chunks()) {
    size += chunk.length;
    if (size > maxBytes) {
      const message = `${response.url.host} answered with more than the ${maxBytes} bytes that are expected at most.`;
      throw new UserError('REGISTRY_ANSWER_INVALID', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
