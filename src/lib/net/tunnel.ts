import { type ClientRequest, request as httpRequest } from 'node:http';
import { Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebProxy } from './proxy.ts';
import { TimeLimitError } from './retry.ts';

/** The proxy could not be reached (`cause`), or did not open a tunnel (`status`). */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** `host:port` of the proxy */
  readonly proxy: string;
  readonly status: number | undefined;

  constructor(proxy: string, refusal: { readonly status?: number; readonly cause?: unknown }) {
    super(`the proxy ${proxy} opened no tunnel`, { cause: refusal.cause });
    this.proxy = proxy;
    this.status = refusal.status;
  }
}

/** The parameters of every TLS connection, whatever the environment says (SECURITY.md). */
export const verified = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;

type Created = (error: Error | null, socket: Duplex) => void;

/** Keep-alive HTTPS connections, each through a tunnel that a web proxy opens (HTTP CONNECT). */
export class TunnelAgent extends Agent {
  readonly #proxy: WebProxy;
  readonly #connectMs: number;
  readonly #opening = new Set<ClientRequest>();

  /** @param connectMs how long the proxy may take to open a tunnel */
  constructor(proxy: WebProxy, connectMs: number, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#connectMs = connectMs;
  }

  override createConnection(options: RequestOptions, created?: Created): undefined {
    const done = created as Created;
    this.#open(`${options.host}`, Number(options.port)).then(
      // tls.connect accepts an open socket instead of host and port. Only its types declare that.
      (socket) =>
        done(null, super.createConnection({ ...options, socket } as RequestOptions) as Duplex),
      // Node's callback ignores the socket if there is an error.
      (error: Error) => done(error, undefined as unknown as Duplex),
    );
  }

  override destroy(): void {
    for (const request of this.#opening) request.destroy(new Error('closed'));
    super.destroy();
  }

  #open(host: string, port: number): Promise<Socket> {
    const { url, authorization } = this.#proxy;
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send({
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      agent: false,
      ...verified,
      headers: {
        host: target,
        ...(authorization && { 'proxy-authorization': authorization() }),
      },
    });
    this.#opening.add(request);
    const limit = setTimeout(
      () => request.destroy(new TimeLimitError('connect', this.#connectMs)),
      this.#connectMs,
    );
    return new Promise<Socket>((resolve, reject) => {
      request.once('connect', ({ statusCode: status = 0 }, socket) => {
        if (status >= 200 && status < 300) return resolve(socket);
        socket.destroy();
        reject(new ProxyError(url.host, { status }));
      });
      request.once('error', (cause) => reject(new ProxyError(url.host, { cause })));
      request.end();
    }).finally(() => {
      clearTimeout(limit);
      this.#opening.delete(request);
    });
  }
}
