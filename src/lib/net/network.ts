import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { exchange } from './exchange.ts';
import { networkFailure } from './network-errors.ts';
import { type NetworkResponse, networkResponse } from './network-response.ts';
import { type Environment, proxyFor } from './proxy.ts';
import type { RetryLimits } from './retry.ts';
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
