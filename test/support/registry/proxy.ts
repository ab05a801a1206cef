import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ProxyOptions {
  /** `user:password`; without it the proxy is open. */
  readonly login?: string;
  /** Where a name leads: `api.ecr.ap-southeast-1.amazonaws.com:443` → `127.0.0.1:8443`. */
  readonly routes?: Readonly<Record<string, string>>;
}

export interface ProxiedRequest {
  readonly method: string;
  /** `host:port` for CONNECT, a whole URL for the rest. */
  readonly target: string;
  /** What the proxy answered; undefined where it passed the request on. */
  readonly refused: number | undefined;
}

export interface WebProxy {
  /** For HTTPS_PROXY and HTTP_PROXY; without user and password. */
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  close(): Promise<void>;
}

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/;

/**
 * A web proxy on 127.0.0.1 for CONNECT and for plain requests in absolute form (RFC 9110, "CONNECT";
 * RFC 9112, "absolute-form"). It leads to loopback addresses and its own routes alone: anything
 * else gets 403, so that no test reaches out.
 */
export async function startProxy(options: ProxyOptions = {}): Promise<WebProxy> {
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Duplex>();

  /** Where to go on, or the status to refuse with. */
  const admit = (request: IncomingMessage, target: string, authority: string) => {
    const leadsTo = options.routes?.[authority] ?? authority;
    const refused = loopback.test(leadsTo) ? refusal(request, options.login) : 403;
    requests.push({ method: request.method ?? '', target, refused });
    return { refused, ...endpointOf(leadsTo) };
  };

  const server = createServer((request, response) => {
    if (!URL.canParse(request.url ?? '')) return refuse(response, 400);
    const url = new URL(request.url ?? '');
    const { refused, host, port } = admit(request, url.href, `${url.hostname}:${url.port || 80}`);
    if (refused !== undefined) return refuse(response, refused);
    passOn(request, response, { host, port, path: url.pathname + url.search });
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const target = request.url ?? '';
    const { refused, host, port } = admit(request, target, target);
    if (refused !== undefined) return refuseTunnel(client, refused);
    sockets.add(client);
    sockets.add(tunnel(client, head, connect(port, host)));
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  502: 'Bad Gateway',
};
const challenge = 'Basic realm="proxy"';

function refusal(request: IncomingMessage, login: string | undefined): number | undefined {
  if (login === undefined) return undefined;
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;
  return request.headers['proxy-authorization'] === expected ? undefined : 407;
}

function endpointOf(authority: string): { readonly host: string; readonly port: number } {
  const colon = authority.lastIndexOf(':');
  const host = authority.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(authority.slice(colon + 1)) };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 407 ? { 'proxy-authenticate': challenge } : {});
  response.end();
}

function refuseTunnel(client: Duplex, status: number): void {
  const head = status === 407 ? `Proxy-Authenticate: ${challenge}\r\n` : '';
  client.end(`HTTP/1.1 ${status} ${reasons[status]}\r\n${head}Content-Length: 0\r\n\r\n`);
}

function tunnel(client: Duplex, head: Buffer, upstream: Socket): Socket {
  const unreachable = () => refuseTunnel(client, 502);
  upstream.once('error', unreachable);
  upstream.once('connect', () => {
    upstream.off('error', unreachable);
    upstream.on('error', () => client.destroy());
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
  return upstream;
}

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  to: { readonly host: string; readonly port: number; readonly path: string },
): void {
  const { 'proxy-authorization': _login, ...headers } = request.headers;
  const upstream = sendRequest({ ...to, method: request.method ?? 'GET', headers });
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => refuse(response, 502));
  request.pipe(upstream);
}
