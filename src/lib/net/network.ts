import {
  type Agent,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { UserError } from '../../errors.ts';
import { networkFailure } from './network-errors.ts';
import { type Environment, proxyFor } from './proxy.ts';
import { type RetryLimits, type TimeLimit, TimeLimitError } from './retry.ts';
import { TunnelAgent } from './tunnel.ts';

export interface NetworkLimits extends RetryLimits {
  /** Until a connection stands, its TLS included; a web proxy has the same time once more. */
  readonly connectMs: number;
  /** Without a byte from the other side, before the answer or within it. */
  readonly idleMs: number;
  /** How often a broken download is taken up again at most. */
  readonly resumes: number;
}

const standardLimits: NetworkLimits = {
  connectMs: 10_000,
  idleMs: 30_000,
  totalMs: 30_000,
  tries: 3,
  backoffMs: 500,
  resumes: 3,
};

export interface NetworkOptions {
  /** Proxies and endpoints are read from here, never from `process.env`. */
  readonly env: Environment;
  readonly limits?: Partial<NetworkLimits>;
  /** Gets a line for each request: no header, no query string, no body is ever in it. */
  readonly trace?: (line: string) => void;
}

export interface NetworkRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
}

/** The one way out of this host: both the AWS SDK and the registry go through it. */
export interface Network {
  /** The environment; a function, so that printing a network prints no proxy's password. */
  readonly env: () => Environment;
  readonly limits: NetworkLimits;
  readonly trace: ((line: string) => void) | undefined;
  /**
   * One try of one request. Never follows a redirect.
   *
   * @throws UserError of the NETWORK_ codes, within TryAgain where it may pass by itself; the
   *   signal's reason where it was aborted
   */
  request(request: NetworkRequest): Promise<NetworkResponse>;
  /** Cuts every connection. */
  close(): void;
}

// The 250 ms that Node gives an address by default are too few for a far region over a slow line.
const connection = { keepAlive: true, autoSelectFamilyAttemptTimeout: 1000 };

/** Opens nothing yet: connections come with the first request. */
export function createNetwork(options: NetworkOptions): Network {
  const { env, trace } = options;
  const limits = { ...standardLimits, ...options.limits };
  const http = new HttpAgent(connection);
  const https = new HttpsAgent(connection);
  const tunnels = new Map<string, TunnelAgent>();

  function route(url: URL): { readonly agent: HttpAgent; readonly connectMs: number } {
    const { connectMs } = limits;
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return { agent: url.protocol === 'https:' ? https : http, connectMs };
    const agent = tunnels.get(proxy.url.href) ?? new TunnelAgent(proxy, connectMs, connection);
    tunnels.set(proxy.url.href, agent);
    return { agent, connectMs: 2 * connectMs };
  }

  return {
    env: () => env,
    limits,
    trace,
    async request(request) {
      const { url, method = 'GET', signal } = request;
      signal?.throwIfAborted();
      const line = `${method} ${url.origin}${url.pathname}`;
      const start = Date.now();
      try {
        const message = await exchange(request, { ...route(url), idleMs: limits.idleMs });
        trace?.(`${line} → ${message.statusCode} (${Date.now() - start} ms)`);
        return networkResponse(message, { url, idleMs: limits.idleMs, signal });
      } catch (error) {
        signal?.throwIfAborted();
        const failure = networkFailure(error, url.host);
        trace?.(`${line}: ${failure.message}`);
        throw failure;
      }
    },
    close() {
      for (const agent of [http, https, ...tunnels.values()]) agent.destroy();
    },
  };
}

export interface Route {
  readonly agent: Agent;
  readonly connectMs: number;
  readonly idleMs: number;
}

/**
 * Sends one request and waits for the head of its answer.
 *
 * @throws Error of node:http, node:tls, a tunnel, or TimeLimitError: as they come
 */
export function exchange(asked: NetworkRequest, route: Route): Promise<IncomingMessage> {
  const { url, method = 'GET', headers, body, signal } = asked;
  const secure = url.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const request = send(url, {
    method,
    agent: route.agent,
    ...(headers && { headers }),
    ...(signal && { signal }),
  });
  let timer: NodeJS.Timeout | undefined;
  const limitTo = (limit: TimeLimit, ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => request.destroy(new TimeLimitError(limit, ms)), ms);
  };
  const connected = () => limitTo('idle', route.idleMs);
  limitTo('connect', route.connectMs);
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket) connected();
    else socket.once(secure ? 'secureConnect' : 'connect', connected);
  });
  return new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Node reports a break within the body here, too, where nobody waits any more.
    request.on('error', reject);
    request.end(body);
  }).finally(() => clearTimeout(timer));
}

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
      const message = `The response from ${response.url.host} exceeds the limit of ${maxBytes} bytes.`;
      throw new UserError('REGISTRY_ANSWER_INVALID', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
