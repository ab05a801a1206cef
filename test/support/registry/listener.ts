import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** PEM texts. */
export interface TlsKeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Listener {
  /** `http(s)://host:port` */
  readonly url: string;
  /** `host:port` */
  readonly authority: string;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** Listens for HTTP, or for HTTPS where a key pair is given. Port 0 is any free one. */
export async function listen(
  handler: RequestListener,
  host: string,
  port: number,
  tls?: TlsKeyPair,
): Promise<Listener> {
  const server: Server = tls
    ? createHttpsServer({ cert: tls.cert, key: tls.key }, handler)
    : createHttpServer(handler);
  // An image of some hundred MB may take longer than Node's five minutes.
  server.requestTimeout = 0;
  server.listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${bound}`;
  return {
    url: `${tls ? 'https' : 'http'}://${authority}`,
    authority,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
