import {
  type Agent,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { UserError } from '../../errors.ts';
import { mustReadExtraCertificates } from './extra-certificates.ts';
import { networkFailure } from './network-errors.ts';
import { type Environment, proxyFor } from './proxy.ts';
import { type RetryLimits, type TimeLimit, TimeLimitError } from './retry.ts';
import { TunnelAgent, verified } from './tunnel.ts';

export interface NetworkLimits extends RetryLimits {
  /** Limit for establishing a connection, including TLS. A web proxy gets the same limit again. */
  readonly connectMs: number;
  /** Limit without a byte from the server, before or during the response. */
  readonly idleMs: number;
  /** How often an interrupted download is resumed at most. */
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
  /** Receives a line for each request, never with headers, query string or body. */
  readonly trace?: (line: string) => void;
}

export interface NetworkRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
}

/** The only network access of the program: both the AWS SDK and the registry client use it. */
export interface Network {
  /** The environment; a function, so that printing a network prints no proxy's password. */
  readonly env: () => Environment;
  readonly limits: NetworkLimits;
  readonly trace: ((line: string) => void) | undefined;
  /**
   * Sends one request once. Never follows a redirect.
   *
   * @throws UserError of the NETWORK_ codes, within TryAgain if a retry may succeed; the
   *   signal's reason if it was aborted
   */
  request(request: NetworkRequest): Promise<NetworkResponse>;
  /** Closes every connection. */
  close(): void;
}

const connection = {
  keepAlive: true,
  // Node's default of 250 ms per address is too short for a distant region over a slow connection.
  autoSelectFamilyAttemptTimeout: 1000,
  ...verified,
};

/** Opens no connection before the first request. @throws UserError CA_FILE_INVALID */
export function createNetwork(options: NetworkOptions): Network {
  const { env, trace } = options;
  mustReadExtraCertificates(env);
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
 * Sends one request and waits for the response headers.
 *
 * @throws Error of node:http, node:tls, a tunnel, or TimeLimitError, unchanged
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
    // Node also reports an interrupted body here, when no caller is waiting any more.
    request.on('error', reject);
    request.end(body);
  }).finally(() => clearTimeout(timer));
}

/** A response whose body is read, or `discard`ed, exactly once. */
export interface NetworkResponse {
  readonly url: URL;
  readonly status: number;
  /** Names in lower case. Repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as a stream. Ending the iteration early closes the connection.
   *
   * @throws UserError, within TryAgain if the connection broke or was idle too long; the signal's
   *   reason if it was aborted
   */
  chunks(): AsyncGenerator<Buffer, void, undefined>;
  /** Discards the body, and closes the connection if more data would follow. */
  discard(): void;
}

export interface ResponseContext {
  readonly url: URL;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

/** In bytes: up to this size, reading the rest is cheaper than a new connection. */
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
      // Only waiting for the server counts: a slow disk on this host must not end a download.
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
 * Reads a whole body that is expected to be short.
 *
 * @param maxBytes a longer body is rejected, and the connection closed
 * @throws UserError REGISTRY_ANSWER_INVALID if it is longer; otherwise as `chunks` does
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
