import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connectTo, ended, type OpenSocket, type Resolve, verified } from './connect.ts';
import type { Opening } from './phases.ts';
import type { WebProxy } from './proxy.ts';
import { retryAfterMs } from './retry.ts';

/** What a web proxy answered instead of opening a tunnel. */
export interface Refusal {
  readonly status: number;
  /** The ways to log in that it offers (Proxy-Authenticate), in lower case: `basic`, `negotiate`. */
  readonly logins: readonly string[];
  /** When it asks to try again, in ms. */
  readonly afterMs: number | undefined;
}

/** The proxy could not be reached (`cause`), or did not open a tunnel (`refusal`). */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** `host:port` of the proxy */
  readonly proxy: string;
  readonly scheme: 'http' | 'https';
  readonly refusal: Refusal | undefined;
  /** Whether it accepted a connection. */
  readonly reached: boolean;

  constructor(
    { url }: WebProxy,
    what: { readonly refusal?: Refusal; readonly cause?: unknown; readonly reached: boolean },
  ) {
    super(`the proxy ${url.host} opened no tunnel`, { cause: what.cause });
    this.proxy = url.host;
    this.scheme = url.protocol === 'https:' ? 'https' : 'http';
    this.refusal = what.refusal;
    this.reached = what.reached;
  }
}

/** Opens connections through a web proxy (HTTP CONNECT). */
export function throughProxy(proxy: WebProxy, resolve: Resolve): OpenSocket {
  const { url } = proxy;
  const secure = url.protocol === 'https:';
  const address = [url.hostname, Number(url.port || (secure ? 443 : 80))] as const;
  return async (host, port, opening) => {
    const { signal } = opening;
    let reached = false;
    try {
      const plain = await connectTo(address, { resolve, opening, proxy: url.host });
      reached = true;
      const socket = secure ? await withTls(plain, proxy, opening) : plain;
      const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      opening.enter('proxy', url.host);
      return await openTunnel(socket, target, { proxy, signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw cause instanceof ProxyError ? cause : new ProxyError(proxy, { cause, reached });
    }
  };
}

async function withTls(socket: Socket, { url }: WebProxy, opening: Opening): Promise<Socket> {
  opening.enter('tls', url.host);
  const servername = /^[\d.]+$|^\[/.test(url.hostname) ? {} : { servername: url.hostname };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const tls = connectTls({ socket, host, ...servername, ...verified });
  return ended(opening.signal, tls, (resolve, reject) => {
    tls.once('secureConnect', () => resolve(tls));
    tls.once('error', reject);
  });
}

function openTunnel(
  socket: Socket,
  target: string,
  { proxy, signal }: { readonly proxy: WebProxy; readonly signal: AbortSignal },
): Promise<Socket> {
  const { authorization } = proxy;
  const login = authorization && { 'proxy-authorization': authorization() };
  const request = httpRequest({
    method: 'CONNECT',
    path: target,
    createConnection: () => socket,
    headers: { host: target, ...login },
  });
  return ended(signal, socket, (resolve, reject) => {
    request.once('connect', (answer, opened: Socket) => {
      const { statusCode: status = 0 } = answer;
      if (status >= 200 && status < 300) return resolve(opened);
      opened.destroy();
      reject(new ProxyError(proxy, { refusal: refusalOf(answer), reached: true }));
    });
    request.once('error', reject);
    request.end();
  });
}

function refusalOf({ statusCode: status = 0, headers }: IncomingMessage): Refusal {
  const offered = [headers['proxy-authenticate'] ?? []].flat().join(', ');
  // A list of challenges: `Negotiate, Basic realm="a, b"`. Quoted texts may contain commas.
  const logins = offered
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .split(',')
    .map((challenge) => /^\s*([\w-]+)(?:\s|$)/.exec(challenge)?.[1]?.toLowerCase() ?? '')
    .filter((scheme) => scheme !== '');
  return { status, logins, afterMs: retryAfterMs([headers['retry-after']].flat()[0]) };
}
